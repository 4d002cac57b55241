import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { dialService } from '../../../src/kubernetes/dial.ts';
import { StubApi } from './stub-api.ts';

describe('a port-forward', () => {
  it('that the API server never opens is given up, with the Service’s name', async () => {
    const server = http.createServer().on('upgrade', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser(
      { name: 'silent', skipTLSVerify: false, server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      { name: 'nobody' },
    );
    const ready = { metadata: { name: 'db-1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    const { connection } = new StubApi({
      readNamespacedService: () => ({ spec: { selector: { app: 'db' }, ports: [{ port: 5432 }] } }),
      listNamespacedPod: () => ({ items: [ready] }),
    });
    const silent = Object.assign(connection, { kubeConfig });
    await expect(dialService(silent, { namespace: 'ai-system', service: 'db-rw', port: 5432 }, 50)).rejects.toThrow(
      'Service ai-system/db-rw, port 5432, cannot be reached: the port-forward did not open within 0.05 s.',
    );
    server.closeAllConnections();
    server.close();
  });
});

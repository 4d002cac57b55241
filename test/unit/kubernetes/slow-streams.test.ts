import type { KubernetesConnection } from '../../../src/kubernetes/connection.ts';
import { dialService } from '../../../src/kubernetes/dial.ts';
import { execInPod } from '../../../src/kubernetes/exec.ts';
import { CLOSE_FRAME, SlowApi } from './slow-api.ts';
import { StubApi } from './stub-api.ts';

let api: SlowApi;
beforeEach(async () => {
  api = await SlowApi.start();
});
afterEach(() => api.stop());

const connection = (methods = {}): KubernetesConnection =>
  Object.assign(new StubApi(methods).connection, { kubeConfig: api.kubeConfig });

describe('what the API server does not open in time', () => {
  it('as a port-forward, is given up with the Service’s name, and closed when it opens after all', async () => {
    const ready = { metadata: { name: 'db-1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    const slow = connection({
      readNamespacedService: () => ({ spec: { selector: { app: 'db' }, ports: [{ port: 5432 }] } }),
      listNamespacedPod: () => ({ items: [ready] }),
    });
    await expect(dialService(slow, { namespace: 'ai-system', service: 'db-rw', port: 5432 }, 50)).rejects.toThrow(
      'Service ai-system/db-rw, port 5432, cannot be reached: the port-forward did not open within 0.05 s.',
    );
    expect(await api.open()).toBe(CLOSE_FRAME);
  });

  it('as an exec, is given up with the pod’s name, and what the program was to read is never sent', async () => {
    const pod = { namespace: 'ai-system', pod: 'db-1', container: 'postgres' };
    await expect(execInPod(connection(), pod, ['psql'], 'ALTER ROLE', 50)).rejects.toThrow(
      'Could not run psql in Pod ai-system/db-1, container postgres: it did not end within 0.05 s.',
    );
    expect(await api.open()).toBe(CLOSE_FRAME);
  });
});

describe('an exec that the API server refuses', () => {
  const refused = async (status: number): Promise<unknown> => {
    const pod = { namespace: 'ai-system', pod: 'db-1', container: 'postgres' };
    const [, answer] = await Promise.allSettled([
      api.refuse(status),
      execInPod(connection(), pod, ['psql'], 'ALTER ROLE', 5_000),
    ]);
    return answer.status === 'rejected' ? answer.reason : answer.value;
  };

  it('with 403 lacks a right, which no retry brings, and says which one', async () => {
    expect(await refused(403)).toMatchObject({
      type: 'KubernetesForbidden',
      message:
        'Could not run psql in Pod ai-system/db-1, container postgres: the right to get and create pods/exec is missing. "cnpg-rotate rights --exec" prints it.',
    });
  });

  it('with 403 as a port-forward lacks a right too, and PostgreSQL is not blamed', async () => {
    const ready = { metadata: { name: 'db-1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    const allowed = connection({
      readNamespacedService: () => ({ spec: { selector: { app: 'db' }, ports: [{ port: 5432 }] } }),
      listNamespacedPod: () => ({ items: [ready] }),
    });
    const [, answer] = await Promise.allSettled([
      api.refuse(403),
      dialService(allowed, { namespace: 'ai-system', service: 'db-rw', port: 5432 }, 5_000),
    ]);
    expect(answer).toMatchObject({
      reason: {
        type: 'KubernetesForbidden',
        message:
          'Could not forward a port of Pod ai-system/db-1: the right to get and create pods/portforward is missing. "cnpg-rotate rights --port-forward" prints it.',
      },
    });
  });

  it('with another status may do it a moment later', async () => {
    expect(await refused(500)).toMatchObject({ type: 'KubernetesUnavailable' });
  });
});

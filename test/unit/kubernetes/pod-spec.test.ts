import type { V1PodSpec } from '@kubernetes/client-node';
import { readersAreProbed, readsSecret } from '../../../src/kubernetes/pod-spec.ts';

const SECRET = 'litellm-db-secret';
const readinessProbe = { httpGet: { path: '/ready', port: 8080 } };
const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: SECRET, key: 'password' } } }];
const volumes = [{ name: 'credential', secret: { secretName: SECRET } }];
const volumeMounts = [{ name: 'credential', mountPath: '/credential' }];

describe('the containers of a pod that read the Secret', () => {
  it.each<readonly [string, V1PodSpec, boolean]>([
    ['by environment, probed', { containers: [{ name: 'app', env, readinessProbe }] }, true],
    [
      'by environment, not probed',
      {
        containers: [
          { name: 'app', env },
          { name: 'proxy', readinessProbe },
        ],
      },
      false,
    ],
    [
      'by volume, probed',
      { containers: [{ name: 'app', volumeMounts, readinessProbe }, { name: 'x' }], volumes },
      true,
    ],
    ['by volume, not probed', { containers: [{ name: 'app', volumeMounts }], volumes }, false],
    [
      'at the start alone, in a pod with a probe',
      { initContainers: [{ name: 'init', env }], containers: [{ name: 'app', readinessProbe }] },
      true,
    ],
  ])('%s', (_, spec, probed) => {
    expect(readsSecret(spec, SECRET)).toBe(true);
    expect(readersAreProbed(spec, SECRET)).toBe(probed);
  });
});

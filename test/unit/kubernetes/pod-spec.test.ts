import type { V1PodSpec } from '@kubernetes/client-node';
import {
  configMapsBesideSecrets,
  environmentsOf,
  readersAreProbed,
  readsSecret,
} from '../../../src/kubernetes/pod-spec.ts';

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

describe('the environment of a container', () => {
  const workload = { kind: 'Deployment', namespace: 'ai-system', name: 'litellm' } as const;
  const container = {
    name: 'litellm',
    envFrom: [{ secretRef: { name: 'env' }, prefix: 'APP_' }, { configMapRef: { name: 'settings' } }],
    env: [
      { name: 'DB_USER', valueFrom: { configMapKeyRef: { name: 'settings', key: 'user' } } },
      { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'pw', key: 'value' } } },
      { name: 'DB_HOST', value: 'litellm-postgresql-rw' },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
  };
  const spec = { containers: [container, { name: 'sidecar', envFrom: [{ configMapRef: { name: 'big' } }] }] };

  it('is what it says itself, and what ConfigMaps and Secrets say, a variable of its own last', () => {
    const configMaps = new Map([['settings', { user: 'litellm' }]]);
    expect(environmentsOf(spec, workload, configMaps)[0]?.variables).toEqual([
      { allOf: 'env', prefix: 'APP_' },
      { name: 'user', value: 'litellm' },
      { name: 'DB_USER', value: 'litellm' },
      { name: 'DB_PASSWORD', secret: 'pw', key: 'value' },
      { name: 'DB_HOST', value: 'litellm-postgresql-rw' },
    ]);
  });

  it('needs the ConfigMaps of those containers alone that read a Secret', () => {
    expect(configMapsBesideSecrets(spec)).toEqual(['settings', 'settings']);
  });
});

import { containerTexts } from '../../../src/kubernetes/container-texts.ts';

const HOLDER = { kind: 'Deployment', namespace: 'apps', name: 'litellm' };
const items = [{ key: 'password', path: 'db/pw' }];
const SECRET = { kind: 'Secret', name: 'db' };
const SETTINGS = { kind: 'ConfigMap', name: 'settings' };
const VOLUMES = [
  { name: 'secret', secret: { secretName: 'db' } },
  { name: 'key', secret: { secretName: 'db', items } },
  { name: 'settings', configMap: { name: 'settings' } },
  { name: 'all', projected: { sources: [{ secret: { name: 'db', items } }, { configMap: { name: 'settings' } }] } },
  { name: 'empty', emptyDir: {} },
];

describe('the files that a container mounts', () => {
  it.each([
    ['every key of a Secret', { name: 'secret', mountPath: '/etc/db/' }, [{ from: SECRET, path: '/etc/db' }]],
    [
      'one key at its path',
      { name: 'key', mountPath: '/etc' },
      [{ from: SECRET, key: 'password', path: '/etc/db/pw' }],
    ],
    [
      'one file of a volume with paths',
      { name: 'key', mountPath: '/run/pw', subPath: 'db/pw' },
      [{ from: SECRET, key: 'password', path: '/run/pw' }],
    ],
    [
      'one key as the file',
      { name: 'settings', mountPath: '/etc/app.ini', subPath: 'app.ini' },
      [{ from: SETTINGS, key: 'app.ini', path: '/etc/app.ini' }],
    ],
    [
      'both of a projected volume',
      { name: 'all', mountPath: '/all' },
      [
        { from: SECRET, key: 'password', path: '/all/db/pw' },
        { from: SETTINGS, path: '/all' },
      ],
    ],
    ['another file of a volume with paths', { name: 'key', mountPath: '/x', subPath: 'other' }, []],
    ['no object', { name: 'empty', mountPath: '/tmp' }, []],
  ])('%s', (_, mount, files) => {
    const spec = { containers: [{ name: 'app', volumeMounts: [mount] }], volumes: VOLUMES };
    expect(containerTexts(spec, HOLDER, false).map((one) => one.files)).toEqual([files]);
  });

  it('are not those of another container of the pod', () => {
    const volumeMounts = [{ name: 'secret', mountPath: '/etc/db' }];
    const spec = { containers: [{ name: 'app' }, { name: 'sidecar', volumeMounts }], volumes: VOLUMES };
    expect(containerTexts(spec, HOLDER, false).map((one) => one.files.length)).toEqual([0, 1]);
  });
});

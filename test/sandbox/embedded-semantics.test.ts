import { patched } from '../../sandbox/embedded/api/patches.ts';
import { fieldTest, labelTest } from '../../sandbox/embedded/api/selectors.ts';
import type { Patch } from '../../sandbox/embedded/api/index.ts';

describe('a patch in the embedded sandbox', () => {
  const env = [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ];
  const pod = { labels: { a: '1', b: '2' }, containers: [{ name: 'web', args: ['x', 'y'], env }] };
  const web = (change: object): object => ({ ...pod, containers: [{ name: 'web', args: ['x', 'y'], env, ...change }] });

  it.each<[string, Patch, object]>([
    [
      'merge: null removes a key and a list is replaced as a whole',
      { type: 'merge', body: { labels: { a: null, c: '3' }, containers: [] } },
      { labels: { b: '2', c: '3' }, containers: [] },
    ],
    [
      'strategic merge: an item of a list is found by its key',
      { type: 'strategic', body: { containers: [{ name: 'web', env: [{ name: 'B', value: '3' }] }] } },
      web({ env: [env[0], { name: 'B', value: '3' }] }),
    ],
    [
      'strategic merge: an item is removed by a directive',
      { type: 'strategic', body: { containers: [{ name: 'web', env: [{ name: 'A', $patch: 'delete' }] }] } },
      web({ env: [env[1]] }),
    ],
    [
      'strategic merge: a list without keys is replaced',
      { type: 'strategic', body: { containers: [{ name: 'web', args: ['z'] }] } },
      web({ args: ['z'] }),
    ],
    [
      'JSON patch: each operation in its turn',
      {
        type: 'json',
        body: [
          { op: 'test', path: '/labels/a', value: '1' },
          { op: 'remove', path: '/labels/a' },
          { op: 'add', path: '/containers/0/args/-', value: 'z' },
        ],
      },
      { labels: { b: '2' }, containers: [{ name: 'web', args: ['x', 'y', 'z'], env }] },
    ],
  ])('%s', (_, patch, expected) => {
    const before = structuredClone(pod);
    expect(patched(pod, patch)).toEqual(expected);
    expect(pod).toEqual(before);
  });

  it('JSON patch: a test that fails refuses the whole', () => {
    const body = [
      { op: 'remove', path: '/labels/b' },
      { op: 'test', path: '/labels/a', value: 'other' },
    ];
    expect(() => patched(pod, { type: 'json', body })).toThrow(/rejected our request/);
  });
});

describe('a selector in the embedded sandbox', () => {
  const object = { metadata: { name: 'x', labels: { app: 'web', tier: 'front' } } };

  it.each([
    ['', true],
    ['app=web,tier==front', true],
    ['app=web,tier!=front', false],
    ['app in (web, worker),!canary', true],
    ['app notin (web)', false],
    ['zone notin (a)', true],
    ['zone!=a', true],
    ['zone', false],
  ])('"%s" finds by labels: %s', (selector, expected) => {
    expect(labelTest(selector)(object)).toBe(expected);
  });

  it.each([
    ['metadata.name=x', true],
    ['metadata.name!=x', false],
    ['metadata.name=x,metadata.namespace=y', false],
  ])('"%s" finds by fields: %s', (selector, expected) => {
    expect(fieldTest(selector)(object)).toBe(expected);
  });

  it.each(['app in web', 'a=b=c d'])('"%s" is refused', (selector) => {
    expect(() => labelTest(selector)).toThrow(/unable to parse/);
  });

  it('refuses a field that the API does not select by', () => {
    expect(() => fieldTest('spec.replicas=2')).toThrow(/not supported/);
  });
});

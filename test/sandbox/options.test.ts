import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseFault, parseSeconds } from '../../sandbox/real/fault.ts';
import { decideAdjustment, resolveOptions, type ResolvedOptions } from '../../sandbox/real/options.ts';
import { parseCnpg, parseComponents } from '../../sandbox/common/options.ts';

const RUNNING: ResolvedOptions = {
  cnpg: '1.30.0',
  postgresql: '15',
  reloader: 'standin',
  components: ['litellm', 'obot'],
};

describe('a running sandbox and an up with other options', () => {
  const cases: readonly (readonly [string, Partial<ResolvedOptions>, ReturnType<typeof decideAdjustment>])[] = [
    ['needs nothing when they are the same', {}, { kind: 'none' }],
    [
      'gets the components that it lacks',
      { components: ['litellm', 'langfuse', 'obot', 'dragonfly'] },
      { kind: 'adjust', addComponents: ['langfuse', 'dragonfly'], changeReloader: false },
    ],
    [
      'gets another Reloader',
      { reloader: 'standin-annotations' },
      { kind: 'adjust', addComponents: [], changeReloader: true },
    ],
    [
      'gets both at once',
      { reloader: 'none', components: ['litellm', 'langfuse', 'obot'] },
      { kind: 'adjust', addComponents: ['langfuse'], changeReloader: true },
    ],
    [
      'refuses another operator, naming both',
      { cnpg: '1.28.0' },
      { kind: 'impossible', why: 'it runs CloudNativePG 1.30.0, not 1.28.0' },
    ],
    [
      'refuses another manager of the same version, naming both',
      { givenCnpg: { manager: '/built/manager', manifest: '/built/release.yaml', version: '1.30.0' } },
      { kind: 'impossible', why: 'it runs the CloudNativePG 1.30.0 that the sandbox built, not /built/manager' },
    ],
    [
      'refuses another PostgreSQL, naming both',
      { postgresql: '18' },
      { kind: 'impossible', why: 'it runs PostgreSQL 15, not 18' },
    ],
    [
      'refuses to lose a component, naming it',
      { components: ['litellm', 'dragonfly'] },
      { kind: 'impossible', why: 'it also runs obot' },
    ],
  ];
  it.each(cases)('%s', (_, change, expected) => {
    expect(decideAdjustment(RUNNING, { ...RUNNING, ...change })).toEqual(expected);
  });
});

describe('the options of up', () => {
  it('default to the newest operator, the stand-in and the whole catalogue', () => {
    expect(resolveOptions({})).toEqual({
      cnpg: '1.30.0',
      postgresql: '15',
      reloader: 'standin',
      components: ['litellm', 'langfuse', 'obot', 'dragonfly'],
    });
  });

  it('keep the components in the order in which they start', () => {
    expect(resolveOptions({ components: ['dragonfly', 'litellm'] }).components).toEqual(['litellm', 'dragonfly']);
  });

  it.each(['standin', 'standin-annotations', 'none'])('take --reloader %s as it is', (reloader) => {
    expect(resolveOptions({ reloader }).reloader).toBe(reloader);
  });

  it('make the path of a Reloader absolute, so that it means the same from anywhere', () => {
    expect(resolveOptions({ reloader: 'package.json' }).reloader).toBe(`${process.cwd()}/package.json`);
  });

  it.each([
    ['a file that is not there', './no-such-reloader'],
    ['a folder', '.'],
  ])('refuse %s as Reloader', (_, reloader) => {
    expect(() => resolveOptions({ reloader })).toThrow(`--reloader ${reloader}: there is no such file`);
  });

  it.each([
    ['all spaces and empty names are overlooked', ' obot , ,litellm,', ['litellm', 'obot']],
    ['a name twice is once', 'obot,obot', ['obot']],
  ])('read --components: %s', (_, text, expected) => {
    expect(parseComponents(text)).toEqual(expected);
  });

  it.each([
    ['an unknown component', () => parseComponents('litellm,lightllm'), 'no component lightllm; choose from litellm'],
    ['no component', () => parseComponents(' , '), 'at least one component is needed'],
    ['an operator that is not here', () => parseCnpg('1.27.0'), '--cnpg 1.27.0: the sandbox has CloudNativePG 1.30.0'],
  ])('refuse %s, saying what there is', (_, parse, text) => {
    expect(parse).toThrow(text);
  });
});

describe('a manager of CloudNativePG that was built elsewhere', () => {
  let folder = '';
  beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'given-cnpg-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (name: string, text: string): string => {
    const at = path.join(folder, name);
    writeFileSync(at, text);
    return at;
  };
  const release = (image: string): string => {
    const probe = '{ httpGet: { path: /readyz } }';
    const container = `{ name: manager, image: '${image}', startupProbe: ${probe}, readinessProbe: ${probe} }`;
    return `kind: Namespace\n---\nkind: Deployment\nspec: { template: { spec: { containers: [${container}] } } }\n`;
  };
  const manager = () => file('manager', '\x7fELF and more');

  it('runs with the manifest of its release, under the version of the image there', () => {
    const cnpgManager = manager();
    const cnpgManifest = file('release.yaml', release('registry.example/cloudnative-pg:1.31.0-rc1'));
    expect(resolveOptions({ cnpgManager, cnpgManifest })).toMatchObject({
      cnpg: '1.31.0-rc1',
      givenCnpg: { manager: cnpgManager, manifest: cnpgManifest, version: '1.31.0-rc1' },
    });
  });

  it.each([
    ['a manager without a manifest', () => ({ cnpgManager: manager() }), '--cnpg-manager needs --cnpg-manifest'],
    ['a manifest without a manager', () => ({ cnpgManifest: 'x' }), '--cnpg-manifest needs --cnpg-manager'],
    [
      'a manager that is not there',
      () => ({ cnpgManager: './no-manager', cnpgManifest: 'x' }),
      '--cnpg-manager ./no-manager: there is no such file',
    ],
    [
      'a manager that is no program',
      () => ({ cnpgManager: file('text', 'FROM scratch'), cnpgManifest: 'x' }),
      'this file is no program for Linux',
    ],
    [
      'a manifest that is not there',
      () => ({ cnpgManager: manager(), cnpgManifest: './no.yaml' }),
      '--cnpg-manifest ./no.yaml: there is no such file',
    ],
    [
      'a manifest without an operator',
      () => ({ cnpgManager: manager(), cnpgManifest: file('empty.yaml', 'kind: Namespace\n') }),
      'it has no Deployment of one container',
    ],
    [
      'a manifest whose image has no version',
      () => ({ cnpgManager: manager(), cnpgManifest: file('tagless.yaml', release('cloudnative-pg')) }),
      'whose image has a tag',
    ],
  ])('is refused: %s', (_, options, text) => {
    expect(() => resolveOptions(options())).toThrow(text);
  });
});

describe('the options of fault', () => {
  it.each([
    ['0', 0],
    ['2.5', 2.5],
    ['3600', 3600],
  ])('read --seconds %s', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });

  it.each(['', ' ', '-1', '3601', 'NaN', 'Infinity', '30s'])('refuse --seconds "%s"', (text) => {
    expect(() => parseSeconds(text)).toThrow('expected a number from 0 to 3600');
  });

  it('name what can be taken away when something else is asked for', () => {
    expect(parseFault('api-server')).toBe('api-server');
    expect(() => parseFault('toString')).toThrow('fault toString: choose from api-server, etcd, kubelet, dns');
  });
});

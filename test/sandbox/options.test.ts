import { parseFault, parseSeconds } from '../../sandbox/real/fault.ts';
import { decideAdjustment, resolveOptions, type ResolvedOptions } from '../../sandbox/real/options.ts';
import { parseCnpg, parseComponents } from '../../sandbox/common/options.ts';

const RUNNING: ResolvedOptions = { cnpg: '1.30.0', reloader: 'standin', components: ['litellm', 'obot'] };

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

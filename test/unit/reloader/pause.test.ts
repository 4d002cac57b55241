import { afterLiftedPause, decidePause, readReloader, reloaderPauseOf } from '../../../src/domain/reloader/index.ts';

const PERIOD = 'deployment.reloader.stakater.com/pause-period';
const PAUSED_AT = 'deployment.reloader.stakater.com/paused-at';
const LIFTED = 'cnpg-rotator.io/pause-lifted';
const STARTED = '2026-11-24T08:00:00Z';
const ENDS = Date.parse(STARTED) + 300_000;
const noted = { [PERIOD]: '300s', [PAUSED_AT]: STARTED };

describe('a pause is Reloader’s', () => {
  it.each([
    [
      'where its note stands on a paused Deployment',
      { paused: true, annotations: noted },
      { endsAt: ENDS, lifted: false },
    ],
    [
      'and was lifted, where our mark stands there',
      { paused: false, annotations: { ...noted, [LIFTED]: 'r.pending' } },
      { endsAt: ENDS, lifted: true },
    ],
    [
      'and long over, where its note is no time',
      { paused: true, annotations: { ...noted, [PAUSED_AT]: 'soon' } },
      { endsAt: 0 },
    ],
    ['not where a person paused the Deployment', { paused: true, annotations: { [PERIOD]: '300s' } }, undefined],
    ['not where a person resumed it', { paused: false, annotations: noted }, undefined],
    ['not where there is none', { paused: false, annotations: {} }, undefined],
  ])('%s', (_, deployment, expected) => {
    const pause = reloaderPauseOf(deployment);
    if (expected === undefined) expect(pause).toBeUndefined();
    else expect(pause).toMatchObject(expected);
  });

  it('under another name, where its arguments say so', () => {
    const args = [
      '--pause-deployment-time-annotation=example.com/since',
      '--pause-deployment-annotation=example.com/for',
    ];
    const reloader = readReloader({ namespace: 'n', name: 'r', image: 'reloader', words: args });
    const annotations = { 'example.com/for': '5m', 'example.com/since': STARTED };
    expect(reloaderPauseOf({ paused: true, annotations })).toBeUndefined();
    expect(reloaderPauseOf({ paused: true, annotations }, [reloader])).toMatchObject({ endsAt: ENDS });
  });
});

describe('a pause that holds a rollout back', () => {
  const pause = { endsAt: ENDS, lifted: false, noted: PAUSED_AT };
  const inPlace = (leftMs: number) => decidePause(pause, { nowMs: ENDS - leftMs, oldPodsLogIn: false });
  const alternating = (leftMs: number) => decidePause(pause, { nowMs: ENDS - leftMs, oldPodsLogIn: true });

  it('is lifted where the old pods are refused meanwhile', () => {
    expect(inPlace(200_000)).toEqual({ kind: 'lift' });
  });

  it('is waited for where it ends in a moment', () => {
    expect(inPlace(9_000)).toEqual({ kind: 'wait', lookAgainMs: 19_000 });
  });

  it('is waited for where the old pods log in', () => {
    expect(alternating(200_000)).toEqual({ kind: 'wait', lookAgainMs: 210_000 });
  });

  it('is lifted where Reloader has not ended it in time', () => {
    expect(alternating(-9_000)).toEqual({ kind: 'wait', lookAgainMs: 1_000 });
    expect(alternating(-11_000)).toEqual({ kind: 'lift' });
    expect(inPlace(-11_000)).toEqual({ kind: 'lift' });
  });

  it('holds nothing back once it is lifted, and where there is none', () => {
    expect(decidePause({ ...pause, lifted: true }, { nowMs: 0, oldPodsLogIn: false })).toBeUndefined();
    expect(decidePause(undefined, { nowMs: 0, oldPodsLogIn: false })).toBeUndefined();
  });
});

describe('a lifted pause', () => {
  const lifted = { endsAt: ENDS, lifted: true, noted: PAUSED_AT };

  it('is given back when the rollout is done, so that Reloader ends it', () => {
    expect(afterLiftedPause(lifted, ENDS - 60_000)).toBe('give back');
  });

  it('is forgotten when Reloader’s timer has ended', () => {
    expect(afterLiftedPause(lifted, ENDS + 1)).toBe('forget');
  });

  it('was one', () => {
    expect(afterLiftedPause({ ...lifted, lifted: false }, 0)).toBeUndefined();
    expect(afterLiftedPause(undefined, 0)).toBeUndefined();
  });
});

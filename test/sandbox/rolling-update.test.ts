import {
  nextRollingStep,
  unavailableOf,
  type RollingFacts,
} from '../../sandbox/embedded/controllers/rolling-update.ts';

type Pods = RollingFacts['old'];
const ready = (...names: readonly string[]): Pods => names.map((name) => ({ name, ready: true }));
const unready = (...names: readonly string[]): Pods => names.map((name) => ({ name, ready: false }));
const step = (fresh: Pods, old: Pods, more: Partial<RollingFacts> = {}) =>
  nextRollingStep({ replicas: 1, maxSurge: 1, maxUnavailable: 0, recreate: false, fresh, old, ending: 0, ...more });
const nothing = { create: 0, remove: [] };

describe('the Deployment controller of the embedded sandbox', () => {
  it('makes a new pod before an old one goes', () => {
    expect(step([], ready('old'))).toEqual({ create: 1, remove: [] });
  });

  it('ends the old pod when the new one is available', () => {
    expect(step(ready('new'), ready('old'))).toEqual({ create: 0, remove: ['old'] });
  });

  it('keeps an old pod that is not ready while the new one is not ready either', () => {
    expect(step(unready('new'), unready('old'))).toEqual(nothing);
  });

  it('ends an old pod that is not ready when the new one is available', () => {
    expect(step(ready('new'), unready('old'))).toEqual({ create: 0, remove: ['old'] });
  });

  it('keeps a serving pod while a new one is not available, though others would be enough', () => {
    const three = { replicas: 3, maxSurge: 1, maxUnavailable: 1 };
    expect(step(unready('n1', 'n2'), ready('a', 'b'), three)).toEqual(nothing);
  });

  it('ends as many old pods that are not ready as may be missing, before those that serve', () => {
    const three = { replicas: 3, maxSurge: 1, maxUnavailable: 1 };
    expect(step(unready('n1'), [...ready('a'), ...unready('b', 'c')], three)).toEqual({ create: 0, remove: ['b'] });
  });

  it('ends pods of the newest template that are too many, those that are not ready first', () => {
    expect(step([...ready('a'), ...unready('b')], [])).toEqual({ create: 0, remove: ['b'] });
  });

  it('makes no new pod of a Deployment with Recreate while an old one is being ended', () => {
    expect(step([], [], { recreate: true, ending: 1 })).toEqual(nothing);
  });

  it('may miss one pod where it may have none too many', () => {
    expect(unavailableOf('25%', 1, 0)).toBe(1);
    expect(unavailableOf('25%', 1, 1)).toBe(0);
  });
});

describe('the Rollout controller of the embedded sandbox', () => {
  it('ends the old pods of a template that never became stable at once', () => {
    expect(step(unready('new'), unready('old'), { unreadyGoAtOnce: true })).toEqual({ create: 0, remove: ['old'] });
  });
});

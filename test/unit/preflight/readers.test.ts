import { deletesPods, timeOfRestarts, toReader, type WorkloadFacts } from '../../../src/domain/preflight/index.ts';
import { LITELLM } from '../../harness/examples.ts';

const USUAL: WorkloadFacts = {
  kind: 'Deployment',
  namespace: 'ai-system',
  name: 'litellm',
  secrets: [LITELLM.secret],
  replicas: 2,
  asksForReloader: true,
  watchedByReloader: true,
  annotatedOnTemplateOnly: false,
  strategy: 'RollingUpdate',
  hasReadinessProbe: true,
  times: { replicas: 2, atOnce: 1, readySeconds: 5, graceSeconds: 30, endsFirst: false },
};
const SLOW = { ...USUAL.times, readySeconds: 170 };

describe('what a rotation carries on of a workload', () => {
  it('is its name and its Secrets where it is as usual', () => {
    const { kind, namespace, name, secrets } = USUAL;
    expect(toReader(LITELLM, false, { ...USUAL, readyPods: 2 })).toEqual({ kind, namespace, name, secrets });
  });

  it('is how many of its pods were ready, where not all were', () => {
    expect(toReader(LITELLM, false, { ...USUAL, readyPods: 0 })).toMatchObject({ readyBefore: 0 });
  });

  it('is the time that it declares, or that the catalogue says, where it is longer than the documented one', () => {
    expect(toReader(LITELLM, false, { ...USUAL, times: SLOW })).toMatchObject({
      allowanceSeconds: 200,
      budgetSeconds: 400,
    });
    expect(toReader({ ...LITELLM, restartSeconds: 500 }, false, USUAL)).toMatchObject({ allowanceSeconds: 500 });
  });

  it('is Reloader’s pause with alternating roles; in place the pause is lifted', () => {
    const paused = { ...USUAL, pauseSeconds: 300 };
    expect(toReader(LITELLM, true, paused)).toMatchObject({ allowanceSeconds: 420 });
    expect(toReader(LITELLM, false, paused)).not.toHaveProperty('allowanceSeconds');
  });

  it('gives the step the longest of all times, and never less than the documented one', () => {
    const readers = [toReader(LITELLM, false, USUAL), toReader(LITELLM, false, { ...USUAL, times: SLOW })];
    expect(timeOfRestarts(readers, 'allowanceSeconds')).toBe(200);
    expect(timeOfRestarts([], 'allowanceSeconds')).toBe(120);
  });
});

describe('whether a restart has to delete pods', () => {
  it.each([
    ['surely with a bare ReplicaSet', 'all', true, false, 'surely'],
    ['surely in place where readiness is told', 'unready in order', false, true, 'surely'],
    ['maybe with alternating roles, whose old pods stay ready', 'unready in order', true, true, 'maybe'],
    ['maybe without a probe, as pods are ready then', 'unready', false, false, 'maybe'],
    ['never where the controller replaces every pod', undefined, false, true, 'never'],
  ] as const)('%s', (_, replaces, oldPodsLogIn, hasReadinessProbe, answer) => {
    expect(deletesPods(oldPodsLogIn, { replaces, hasReadinessProbe })).toBe(answer);
  });

  it('as the catalogue says with an owner of another kind', () => {
    expect(deletesPods(true, { replacedPods: 2 })).toBe('as the catalogue says');
  });
});

import { restartTime, type DeclaredTimes } from '../../src/domain/proofs/restart-time.ts';

const quick: DeclaredTimes = { replicas: 2, atOnce: 1, readySeconds: 10, graceSeconds: 30, endsFirst: false };
const inPlace = { waitsForEnds: false };

/** `[what it is, the declared times, what else is known, the allowance, the budget]` */
const CASES: readonly (readonly [string, Partial<DeclaredTimes>, Parameters<typeof restartTime>[1], number, number])[] =
  [
    ['the documented 120 s where the objects declare less', {}, inPlace, 120, 120],
    ['what a probe declares, and the start of the pod', { readySeconds: 170 }, inPlace, 200, 400],
    ['for one pod after the other, where each may take its time', { replicas: 6, readySeconds: 25 }, inPlace, 120, 330],
    [
      'for two at once, where two are replaced at once',
      { replicas: 6, atOnce: 2, readySeconds: 25 },
      inPlace,
      120,
      165,
    ],
    ['the end of the old pod, where it comes first', { endsFirst: true, graceSeconds: 300 }, inPlace, 340, 680],
    ['not the end of the old pod, where nobody waits for it', { graceSeconds: 300 }, inPlace, 120, 120],
    ['the end of old pods that still log in', { graceSeconds: 300 }, { waitsForEnds: true }, 300, 300],
    ['not the deadline that Kubernetes fills in', { progressDeadlineSeconds: 600 }, inPlace, 120, 120],
    ['a longer deadline, which somebody set', { progressDeadlineSeconds: 1_800 }, inPlace, 1_800, 1_800],
    ['what the catalogue says', {}, { ...inPlace, configuredSeconds: 900 }, 900, 900],
    ['never less than 120 s, whatever the catalogue says', {}, { ...inPlace, configuredSeconds: 5 }, 120, 120],
    ['Reloader’s pause, before anything begins', { pausedSeconds: 300 }, inPlace, 420, 420],
    ['something where no pod is wanted', { replicas: 0 }, inPlace, 120, 120],
  ];

describe('the time of a restart is', () => {
  it.each(CASES)('%s', (_, declared, more, allowanceSeconds, budgetSeconds) => {
    expect(restartTime({ ...quick, ...declared }, more)).toEqual({ allowanceSeconds, budgetSeconds });
  });
});

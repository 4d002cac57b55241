import { BASELINE_SECONDS, RELOADER_GRACE_SECONDS } from '../../src/domain/budgets.ts';
import { decideRestart, endAtDeadline, progressOf, type RestartFacts } from '../../src/domain/proofs/decide-restart.ts';
import type { PodFacts, RolloutFacts } from '../../src/domain/proofs/rollout-facts.ts';

const GRACE_MS = RELOADER_GRACE_SECONDS * 1_000;

const fresh: PodFacts = { name: 'litellm-2-new', marked: true, ready: true, ending: false, restarts: 0 };
const starting: PodFacts = { ...fresh, ready: false };
const old: PodFacts = { name: 'litellm-1-old', marked: false, ready: true, ending: false, restarts: 0 };
const ending: PodFacts = { ...old, ready: false, ending: true };
const noImage: PodFacts = { ...starting, trouble: 'ImagePullBackOff' };

const rollout = (pods: readonly PodFacts[], change: Partial<RolloutFacts> = {}): RolloutFacts => ({
  desired: 1,
  observed: true,
  marker: 'reloader',
  pods,
  ...change,
});
const untouched = rollout([old], { marker: undefined });

/** A Deployment that Reloader watches, one second after the Secret was written. */
const facts = (change: Partial<RestartFacts>): RestartFacts => ({
  rollout: untouched,
  watchedByReloader: true,
  elapsedMs: 1_000,
  target: 'pending',
  oldPodsLogIn: false,
  ...change,
});

const DONE = { kind: 'done', by: 'reloader', pods: ['litellm-2-new'], ending: [], staying: [] };
const DONE_WHILE_ENDING = { ...DONE, ending: ['litellm-1-old'], staying: [] };
const wait = (because: string): object => ({ kind: 'wait', because });

/** `[what happens, the facts, the decision]` */
function itDecides(cases: readonly (readonly [string, Partial<RestartFacts>, object])[]): void {
  it.each(cases)('%s', (_, change, decision) => {
    expect(decideRestart(facts(change))).toMatchObject(decision);
  });
}

describe('what happens when Reloader does not react', () => {
  itDecides([
    [
      'it is given its grace, after which the workload is looked at again',
      { elapsedMs: GRACE_MS - 300 },
      { kind: 'wait', because: 'it was never restarted', lookAgainMs: 300 },
    ],
    [
      'we restart the workload ourselves when the grace is over, and look at once at what came of it',
      { elapsedMs: GRACE_MS },
      { kind: 'restart-ourselves', because: 'it was never restarted', lookAgainMs: 0 },
    ],
    [
      'we restart the workload ourselves on the way back, too',
      { elapsedMs: GRACE_MS, target: 'previous' },
      { kind: 'restart-ourselves' },
    ],
    [
      'we restart at once what Reloader does not watch',
      { elapsedMs: 0, watchedByReloader: false },
      { kind: 'restart-ourselves' },
    ],
    [
      'our own restart is waited for, and not made again',
      { elapsedMs: GRACE_MS, rollout: rollout([starting, old], { marker: 'forced' }) },
      wait('0 of 1 new pods ready, 1 old left'),
    ],
    [
      'our own restart is done when the new pods are ready, and is told as ours',
      { elapsedMs: GRACE_MS, rollout: rollout([fresh], { marker: 'forced' }) },
      { ...DONE, by: 'forced' },
    ],
  ]);
});

describe('a restart that Reloader began', () => {
  itDecides([
    ['is done when every new pod is ready', { rollout: rollout([fresh]) }, DONE],
    [
      'is waited for until the controller has seen the pod template',
      { rollout: rollout([old], { observed: false }) },
      wait('its controller has not seen the new pod template yet'),
    ],
    [
      'is waited for while the rollout is in progress, however long ago the grace was over',
      { elapsedMs: 3 * GRACE_MS, rollout: rollout([starting, old]) },
      { ...wait('0 of 1 new pods ready, 1 old left'), pod: 'litellm-2-new' },
    ],
    [
      'is waited for while the Deployment is paused: somebody may resume its rollout',
      { rollout: rollout([old]) },
      wait('0 of 1 new pods ready, 1 old left'),
    ],
    [
      'fails when the rollout is stuck, and names a pod that shows why',
      { rollout: rollout([noImage, old]) },
      {
        kind: 'fail',
        because: 'cannot finish its rollout: 0 of 1 new pods ready, 1 old left; litellm-2-new: ImagePullBackOff',
        pod: 'litellm-2-new',
      },
    ],
    [
      'is waited for on the way back although it is stuck: nothing else is left to be tried',
      { target: 'previous', rollout: rollout([noImage, old]) },
      { kind: 'wait', pod: 'litellm-2-new' },
    ],
    [
      'fails when the Deployment has given its rollout up',
      { rollout: rollout([starting], { timedOutReplicaSet: 'litellm-2' }) },
      { kind: 'fail', because: expect.stringContaining('progress deadline exceeded') as string },
    ],
    [
      'is waited for on the way back although the Deployment has given its rollout up',
      { target: 'previous', rollout: rollout([starting], { timedOutReplicaSet: 'litellm-2' }) },
      { kind: 'wait' },
    ],
    [
      'is done in place while old pods are ending: PostgreSQL refuses their password already',
      { rollout: rollout([fresh, ending]) },
      DONE_WHILE_ENDING,
    ],
    [
      'is waited for with alternating roles while old pods are ending: they still log in',
      { oldPodsLogIn: true, rollout: rollout([fresh, ending]) },
      { ...wait('old pods are ending: litellm-1-old'), settleFor: DONE_WHILE_ENDING },
    ],
    [
      'is done with alternating roles when the old pods are gone',
      { oldPodsLogIn: true, rollout: rollout([fresh]) },
      DONE,
    ],
  ]);
});

describe('a restart of a workload of which fewer pods were ready than wanted', () => {
  const unready: PodFacts = { ...old, ready: false };
  const broken = { desired: 2, readyBefore: 1 };
  itDecides([
    [
      'waits a while for more: an old pod may be on its way out',
      { elapsedMs: 0, rollout: rollout([fresh, unready], broken) },
      { kind: 'wait', settleFor: { kind: 'done', ending: [], staying: ['litellm-1-old'] } },
    ],
    [
      'is done after that, and names the old pod that stays',
      { elapsedMs: BASELINE_SECONDS * 1_000, rollout: rollout([fresh, unready], broken) },
      { kind: 'done', pods: ['litellm-2-new'], ending: [], staying: ['litellm-1-old'] },
    ],
  ]);
});

describe('a restart with old pods that no controller replaces', () => {
  const unready: PodFacts = { ...old, ready: false };
  itDecides([
    [
      'deletes one that is not ready',
      { rollout: rollout([unready], { marker: 'forced', replaces: 'all' }) },
      { kind: 'replace', replace: { name: 'litellm-1-old' } },
    ],
    [
      'does so on the way back, too',
      { target: 'previous', rollout: rollout([unready], { marker: 'forced', replaces: 'unready' }) },
      { kind: 'replace', replace: { name: 'litellm-1-old' } },
    ],
    [
      'deletes none before the pod template is marked: the pod would come back old',
      { rollout: rollout([unready], { marker: undefined, replaces: 'all' }) },
      { kind: 'wait', because: 'it was never restarted' },
    ],
    [
      'settles where as many are ready as before, and an old one is left that was ready',
      { rollout: rollout([fresh, old], { desired: 2, readyBefore: 1 }) },
      { kind: 'wait', settleFor: { ...DONE, ending: [], staying: ['litellm-1-old'] } },
    ],
  ]);
});

describe('the progress of a restart', () => {
  it('grows with each old pod that goes and each new pod that becomes ready, and with nothing else', () => {
    const steps = [
      [old, old],
      [old, ending],
      [old, starting],
      [old, fresh],
      [starting, fresh],
      [fresh, fresh],
    ];
    expect(steps.map((pods) => progressOf(rollout(pods)))).toEqual([-2, -1, -1, 0, 1, 2]);
  });
});

describe('a restart whose budget is spent', () => {
  it.each<[string, Parameters<typeof endAtDeadline>[0], object]>([
    [
      'fails when nothing was ever restarted',
      { kind: 'restart-ourselves', because: 'it was never restarted' },
      { kind: 'fail', because: 'did not finish its rollout within the budget: it was never restarted' },
    ],
    [
      'fails while the rollout is in progress, and names a pod that is not ready',
      { kind: 'wait', because: '0 of 1 new pods ready, 1 old left', pod: 'litellm-2-new' },
      {
        kind: 'fail',
        because: 'did not finish its rollout within the budget: 0 of 1 new pods ready, 1 old left',
        pod: 'litellm-2-new',
      },
    ],
    [
      'is done when only old pods are still ending',
      {
        kind: 'wait',
        because: 'old pods are ending: litellm-1-old',
        settleFor: { kind: 'done', by: 'reloader', pods: ['litellm-2-new'], ending: ['litellm-1-old'], staying: [] },
      },
      DONE_WHILE_ENDING,
    ],
  ])('%s', (_, unfinished, end) => {
    expect(endAtDeadline(unfinished)).toEqual(end);
  });
});

describe('what happens while Reloader pauses a rollout', () => {
  const held = { rollout: rollout([old]) };
  itDecides([
    ['the pause is lifted where it is decided so', { ...held, pause: { kind: 'lift' } }, { kind: 'lift-pause' }],
    [
      'the pause is waited for where it is decided so',
      { ...held, pause: { kind: 'wait', lookAgainMs: 9_000 } },
      { kind: 'wait', because: 'Reloader has paused its rollout', lookAgainMs: 9_000 },
    ],
    [
      'Reloader’s mark is waited for first, so that one rollout is enough',
      { pause: { kind: 'lift' } },
      { kind: 'wait', because: 'it was never restarted' },
    ],
    ['a rollout that is complete is not held back', { rollout: rollout([fresh]), pause: { kind: 'lift' } }, DONE],
  ]);
});

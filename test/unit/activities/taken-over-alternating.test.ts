import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import type { Target } from '../../../src/domain/steps.ts';
import { ALTERNATING, AlternatingWorld, TURN_ROTATION } from '../../harness/activities/alternating-world.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { publishInput, stageInput, type Part } from '../../harness/activities/step-inputs.ts';

const OLD = 'old-password-0123456789';
const ENV = 'litellm-env';
const ROLE_SECRETS = ALTERNATING.alternating.logins.map(({ secret }) => secret);

type Write = readonly [target: Target, part: Part, only?: 'main'];

const THERE: readonly Write[] = [
  ['pending', 'incoming'],
  ['pending', 'application'],
  ['pending', 'outgoing'],
];
const BACK: readonly Write[] = [
  ['previous', 'incoming'],
  ['previous', 'application'],
  ['previous', 'outgoing'],
];
const half = ([target]: Write): Write => [target, 'application', 'main'];

/** What was written when the workflow was terminated, and whom the application's Secrets name after the replay. */
const STATES: readonly (readonly [name: string, writes: readonly Write[], role: string, brought: readonly string[]])[] =
  [
    ['at rest', [], 'litellm_a', []],
    ['after prepare', THERE.slice(0, 1), 'litellm_a', []],
    ['within publish', [...THERE.slice(0, 1), half(['pending', 'application'])], 'litellm_b', [ENV]],
    ['after publish', THERE.slice(0, 2), 'litellm_b', []],
    ['after retire', THERE, 'litellm_b', []],
    ['on the way back, after prepare', [...THERE, ...BACK.slice(0, 1)], 'litellm_b', []],
    [
      'on the way back, within publish',
      [...THERE, ...BACK.slice(0, 1), half(['previous', 'application'])],
      'litellm_a',
      [ENV],
    ],
    ['on the way back, after publish', [...THERE, ...BACK.slice(0, 2)], 'litellm_a', []],
    ['on the way back, after retire', [...THERE, ...BACK], 'litellm_a', []],
  ];

async function interruptedAt(writes: readonly Write[]): Promise<AlternatingWorld> {
  const world = new AlternatingWorld(OLD);
  await inActivity(() =>
    stage(
      world.deps,
      stageInput({ rotation: TURN_ROTATION, owner: { workflowId: 'w1', runId: 'run-1' }, replayed: [] }),
    ),
  );
  for (const [target, part, only] of writes) {
    const rotation: Rotation = only === undefined ? TURN_ROTATION : { ...TURN_ROTATION, secrets: [ALTERNATING.secret] };
    await inActivity(() => publish(world.deps, publishInput({ rotation, target, part })));
    world.settle();
  }
  world.running.clear();
  return world;
}

it.each(STATES)(
  'two roles: a rotation that was interrupted %s is finished so that everybody can log in',
  async (...state) => {
    const [name, writes, role, broughtAlong] = state;
    const world = await interruptedAt(writes);
    const verifiers = ROLE_SECRETS.map((secret) => world.text(secret, 'password'));
    const owner = { workflowId: 'w2', runId: 'run-2' };
    const input = stageInput({ rotation: { ...TURN_ROTATION, id: 'litellm-2' }, owner, replayed: [] });
    await expect(inActivity(() => stage(world.deps, input))).resolves.toMatchObject({
      tookOver: { rotation: 'litellm-1', broughtAlong, changedSince: [] },
    });
    // Where the application moved, pods may have either login, so the turn is finished to the side of the main Secret.
    const moved = writes.some(([, part]) => part === 'application');
    const unfinished = { turn: TURN_ROTATION.turn, side: role === 'litellm_a' ? 'previous' : 'pending' };
    const { tookOver } = await inActivity(() => stage(world.deps, input));
    expect([name, tookOver?.unfinished]).toEqual([
      name,
      moved ? { ...unfinished, secrets: [ALTERNATING.secret, ENV] } : undefined,
    ]);
    world.settle();
    const credentials = [
      [world.text(ALTERNATING.secret, 'username'), world.text(ALTERNATING.secret, 'password')],
      [world.text(ENV, 'DB_USER'), world.text(ENV, 'DB_PASSWORD')],
    ] as const;
    for (const [user, password] of credentials) {
      expect(user).toBe(role);
      expect(world.accepts(user, password)).toBe(true);
    }
    expect(ROLE_SECRETS.map((secret) => world.text(secret, 'password'))).toEqual(verifiers);
  },
);

import type { RotationHandle } from '../../src/client/rotate.ts';
import type { Component } from '../../src/domain/component.ts';
import type { Step } from '../../src/domain/steps.ts';
import { LANGFUSE, LITELLM, OBOT, useHarness } from '../harness/harness.ts';
import { actInStep, reportAfter } from '../harness/faults/act-in-step.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { until } from '../../sandbox/harness/until.ts';

const MINUTE = 60_000;

const harness = useHarness({ throughProxy: true, worker: true });

interface Case {
  readonly step: Step;
  readonly how: 'cancelled' | 'aborted';
  /** How the rotation ends, the type of its cause, and what the workflow ends as. */
  readonly ends: string;
}

const cancelled = (step: Step, ends: string): Case => ({ step, how: 'cancelled', ends });
const UNCHANGED = 'unchanged Cancelled CANCELLED';
const BACK = 'rolled-back Cancelled CANCELLED';

/** Each component takes its cases one after the other, the three at once. */
const CASES: readonly (readonly [Component, readonly Case[]])[] = [
  [
    LITELLM,
    [
      cancelled('preflight', UNCHANGED),
      cancelled('stage', UNCHANGED),
      cancelled('approve', UNCHANGED),
      cancelled('verify', BACK),
    ],
  ],
  [LANGFUSE, [cancelled('publish', BACK), cancelled('restart', BACK)]],
  [
    OBOT,
    [
      { step: 'sync', how: 'aborted', ends: 'rolled-back Aborted FAILED' },
      cancelled('sync', BACK),
      // Too late: everything is done but the tidying.
      cancelled('finish', 'rotated  COMPLETED'),
    ],
  ],
];

describe('a rotation that is stopped by its owner', () => {
  it(
    'is undone at whatever step that happens, with the old password valid everywhere, and the new one only at the last',
    async () => {
      const stopping = CASES.map(async ([component, cases]) => {
        const ends: Case[] = [];
        for (const one of cases) ends.push({ ...one, ends: await stop(component, one) });
        return [component, ends] as const;
      });
      // Where one fails the others end first: what they leave running would be the next file's.
      await Promise.allSettled(stopping);
      expect(await Promise.all(stopping)).toEqual(CASES);
    },
    6 * MINUTE,
  );
});

/** Stops a rotation in the middle of a step. @returns how it ended. */
async function stop(component: Component, { step, how }: Case): Promise<string> {
  const { world } = harness;
  const oldPassword = await world.password(component);
  let generated: string | undefined;
  const act = async (handle: RotationHandle): Promise<void> => {
    generated = (await world.staged(component))?.pending;
    if (how === 'cancelled') await handle.cancel();
    else await handle.executeUpdate('abort', { args: [{ reason: 'the test' }] });
  };
  // Nothing is asked of the API server while a person decides.
  const waits = step === 'approve';
  const stopped = waits ? undefined : actInStep(harness, component, step, act);
  const handle = await harness.startRotation(component.name, { requireApproval: waits });
  if (waits) {
    await until('the wait', async () => (await harness.progress(handle))?.steps.at(-1)?.step === step, MINUTE);
    await act(handle);
  }
  const { outcome, cause } = await reportAfter(stopped ?? Promise.resolve(), handle);
  const status = (await handle.describe()).status.name;
  const other = generated === undefined ? [] : [generated];
  if (outcome === 'rotated') await expectExactlyOnePassword(world, component, { invalid: [oldPassword] });
  else await expectExactlyOnePassword(world, component, { valid: oldPassword, invalid: other });
  expect(await world.staged(component)).toBeUndefined();
  return `${outcome} ${cause?.type ?? ''} ${status}`;
}

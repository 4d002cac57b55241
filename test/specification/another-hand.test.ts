import { randomBytes } from 'node:crypto';
import { type Component } from '../../src/domain/component.ts';
import { stagingSecretName } from '../../src/domain/marks.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import type { Step } from '../../src/domain/steps.ts';
import { editByHand } from '../harness/faults/faults.ts';
import { LANGFUSE, LITELLM, OBOT, useHarness } from '../harness/harness.ts';
import { actInStep, reportAfter } from '../harness/faults/act-in-step.ts';
import { findDisagreements } from '../harness/proofs/password-agreement.ts';
import { until } from '../../sandbox/harness/until.ts';
import { fingerprint } from '../harness/proofs/fingerprint.ts';

const MINUTE = 60_000;
const SOMEBODY = 'night-shift';
const WHO_AND_WHEN = new RegExp(`was changed by "${SOMEBODY}" at \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d`);

const harness = useHarness({ throughProxy: true, worker: true });

interface Edited {
  readonly report: RotationReport;
  readonly byHand: string;
  readonly invalid: readonly string[];
}

/** A rotation in whose step somebody sets another password with kubectl. */
async function editIn(step: Step, component: Component): Promise<Edited> {
  const { world } = harness;
  const byHand = randomBytes(24).toString('base64url');
  let invalid: string[] = [];
  const edited = actInStep(harness, component, step, async () => {
    const { previous = '', pending = '' } = (await world.staged(component)) ?? {};
    invalid = [previous, pending];
    await editByHand(world, component, byHand, SOMEBODY);
  });
  const handle = await harness.startRotation(component.name);
  return { report: await reportAfter(edited, handle), byHand, invalid };
}

/** CNPG and Reloader follow whoever wrote the Secret: in the end all agree on what the hand set. */
async function expectTheHandToPrevail(component: Component, { byHand, invalid }: Edited): Promise<void> {
  let found: readonly string[] = [];
  await until(
    'everything to agree on what was set by hand',
    async () => {
      found = await findDisagreements(harness.world, component, { valid: byHand, invalid });
      return found.length === 0;
    },
    2 * MINUTE,
    () => found.join('; '),
  );
}

describe('a Secret that somebody else changes in the middle of a rotation', () => {
  it(
    'before it is written: stops the rotation, which says who and when, and has changed nothing',
    async () => {
      const edited = await editIn('publish', OBOT);
      expect(edited.report).toMatchObject({ outcome: 'unchanged', cause: { type: 'SecretChanged' } });
      expect(edited.report.cause?.message).toMatch(WHO_AND_WHEN);
      expect(edited.report.steps.map(({ step }) => step)).not.toContain('restart');
      expect(await harness.world.staged(OBOT)).toBeUndefined();
      await expectTheHandToPrevail(OBOT, edited);
    },
    4 * MINUTE,
  );

  const later: readonly (readonly [Step, Component])[] = [
    ['sync', LANGFUSE],
    ['verify', LITELLM],
  ];
  it(
    'in sync, or in verify: stops the rotation, which says who and when, undoes nobody’s work and keeps both credentials',
    async () => {
      const { world } = harness;
      const runs = await Promise.all(
        later.map(async ([step, component]) => ({ step, component, edited: await editIn(step, component) })),
      );
      const stagedOnes = await Promise.all(runs.map(({ component }) => world.staged(component)));
      // Somebody has looked, whatever is found below: a lock would stop the next rotation.
      await Promise.all(
        runs.map(({ component }) =>
          world.core.deleteNamespacedSecret({ namespace: component.namespace, name: stagingSecretName(component) }),
        ),
      );
      for (const [index, { step, component, edited }] of runs.entries()) {
        const { report } = edited;
        const staged = stagedOnes[index];
        expect(staged).toMatchObject({ needsAttention: true });
        expect(report).toMatchObject({ outcome: 'needs-attention', cause: { type: 'SecretChanged' } });
        expect(report.cause?.message).toMatch(WHO_AND_WHEN);
        expect(report.advice).toContain(stagingSecretName(component));
        expect(report.steps.filter(({ outcome }) => outcome === 'failed').map((failed) => failed.step)).toEqual([
          step,
          'publish',
        ]);
        expect([staged?.previous, staged?.pending].map((text = '') => fingerprint(text))).toEqual(
          edited.invalid.map(fingerprint),
        );
        await expectTheHandToPrevail(component, edited);
      }
    },
    4 * MINUTE,
  );
});

import type { RotationReport } from '../../../src/domain/rotation/report.ts';
import { LITELLM, ownWarnings, type Harness } from '../harness.ts';
import { expectExactlyOnePassword } from './password-agreement.ts';

/** A rotation in place as it should be, wherever the password is changed. */
export async function expectWholeRotation(
  harness: Harness,
  /** A warning that has its cause outside of the rotation. */
  besides?: RegExp,
): Promise<RotationReport> {
  const { world } = harness;
  const oldPassword = await world.password(LITELLM);
  const report = await harness.rotate(LITELLM.name, { reason: 'the specification' });
  expect(report).toMatchObject({ outcome: 'rotated', reason: 'the specification', secrets: [LITELLM.secret] });
  expect(report.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual(
    ['preflight', 'stage', 'publish', 'sync', 'restart', 'verify', 'watch', 'finish'].map((step) => `${step} done`),
  );
  for (const { seconds = Infinity, budgetSeconds } of report.steps) expect(seconds).toBeLessThan(budgetSeconds);
  expect(ownWarnings(report).filter((warning) => besides?.test(warning) !== true)).toEqual([]);
  // Only Reloader's own hash on every pod makes it so.
  expect(report.steps.find(({ step }) => step === 'restart')?.detail).toContain('2 new pods ready, by Reloader');

  // In place, old pods are refused until they are replaced: PostgreSQL's own log tells how often, and whom.
  const { refusedLogins } = report;
  expect(refusedLogins?.count).toBeGreaterThan(0);
  expect(refusedLogins?.windowSeconds).toBeGreaterThan(0);
  const clients = refusedLogins?.byClient ?? [];
  for (const { client } of clients) expect(client).toMatch(world.sandbox.podAddress);

  // Neither a superuser nor anything else that `\du` would show.
  const ordinary = { role: LITELLM.role, attributes: [], memberOf: [] };
  expect(report.roleAttributes).toEqual({ before: ordinary, after: ordinary });

  await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
  for (const { lastLine } of await world.applicationPods(LITELLM)) expect(lastLine).toContain('accepted user=litellm');
  expect(await world.staged(LITELLM)).toBeUndefined();
  return report;
}

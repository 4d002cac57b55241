import { awaitReport, type RotationHandle } from '../../../src/client/rotate.ts';
import type { Component } from '../../../src/domain/component.ts';
import type { RotationReport } from '../../../src/domain/rotation/report.ts';
import type { Step } from '../../../src/domain/steps.ts';
import { rotationWorkflowId } from '../../../src/domain/rotation/workflow-ids.ts';
import type { Request } from './fault-proxy.ts';
import type { Harness } from '../harness.ts';
import { until } from '../../../sandbox/harness/until.ts';

/**
 * Waits until the rotation was met in its step, then for its end.
 * @throws when it ends without.
 */
export async function reportAfter(met: Promise<void>, handle: RotationHandle): Promise<RotationReport> {
  const report = awaitReport(handle);
  const missed = report.then(({ component, outcome, cause }) => {
    throw new Error(`the rotation of ${component} ended (${outcome}) without the step: ${cause?.message ?? ''}`);
  });
  missed.catch(() => undefined);
  await Promise.race([met, missed]);
  return report;
}

/**
 * Does something in the middle of a step of the component's next rotation: when the worker makes the step's first
 * request that names one of these objects, which is held until it is done. The rotation itself is asked where it stands,
 * so a step of a tenth of a second is met as surely as a long one.
 * @param objects default: the component's Cluster and Secret.
 * @returns what ends when it is done.
 */
export function actInStep(
  harness: Harness,
  component: Component,
  step: Step,
  act: (handle: RotationHandle) => Promise<unknown>,
  objects: readonly string[] = [component.cluster, component.secret],
): Promise<void> {
  const handle: RotationHandle = harness.temporal.client.workflow.getHandle(rotationWorkflowId(component.name));
  const { observers } = harness.proxy;
  return new Promise((resolve, reject) => {
    let acting: Promise<void> | undefined;
    const observe = async ({ path }: Request): Promise<void> => {
      if (!objects.some((name) => path.includes(name))) return;
      if (acting === undefined) {
        // No answer: it has not begun yet.
        const report = await handle.query<RotationReport>('progress').catch(() => undefined);
        const current = report?.steps.at(-1);
        if (current?.step !== step || current.outcome !== 'running') return;
      }
      // Whatever it throws is the test's to know, not the worker's.
      acting ??= (async () => act(handle))().then(() => resolve(), reject);
      await acting;
      observers.delete(observe);
    };
    observers.add(observe);
  });
}

/**
 * Rotates all these components at once and holds each in its step until all are in theirs; then does something, once.
 * Of components of one Cluster only requests for their own staging Secrets are held: no other rotation makes those.
 * @returns their reports, in the same order.
 * @throws when a rotation ends without having been in its step.
 */
export function rotateThrough(
  harness: Harness,
  at: readonly (readonly [Component, Step])[],
  act: () => Promise<unknown>,
): Promise<RotationReport[]> {
  const meet = together(at.length, act);
  const clusters = new Set(at.map(([{ cluster }]) => cluster));
  return Promise.all(
    at.map(async ([component, step]) => {
      if (step !== 'approve') {
        const objects = clusters.size < at.length ? [`${component.secret}-rotation`] : undefined;
        const met = actInStep(harness, component, step, meet, objects);
        return reportAfter(met, await harness.startRotation(component.name));
      }
      // A person's step makes no requests.
      const handle = await harness.startRotation(component.name, { requireApproval: true });
      const waits = async (): Promise<boolean> => (await harness.progress(handle))?.steps.at(-1)?.step === 'approve';
      await until(`${component.name} to wait for its approval`, waits, 60_000);
      await meet();
      await handle.executeUpdate('approve', { args: [{ by: 'somebody' }] });
      return awaitReport(handle);
    }),
  );
}

/** What happens when the last of so many has come; each that comes waits for it. */
function together(count: number, act: () => Promise<unknown>): () => Promise<unknown> {
  let missing = count;
  let begin: (done: Promise<unknown>) => void;
  const done = new Promise((resolve) => (begin = resolve));
  return () => {
    missing -= 1;
    if (missing === 0) begin(act());
    return done;
  };
}

import type { RotationHandle } from '../../../src/client/rotate.ts';
import type { Component } from '../../../src/domain/component.ts';
import type { RotationReport, Step } from '../../../src/domain/rotation.ts';
import { rotationWorkflowId } from '../../../src/domain/workflow-ids.ts';
import type { Request } from './fault-proxy.ts';
import type { Harness } from './harness.ts';

/**
 * Does something in the middle of a step of the component's next rotation: when the worker makes the step's first
 * request that names one of the component's objects, which is held until it is done. The rotation itself is asked where
 * it stands, so a step of a tenth of a second is met as surely as a long one.
 * @returns what ends when it is done.
 */
export function inStep(
  harness: Harness,
  component: Component,
  step: Step,
  act: (handle: RotationHandle) => Promise<unknown>,
): Promise<void> {
  const handle: RotationHandle = harness.temporal.client.workflow.getHandle(rotationWorkflowId(component.name));
  const { observers } = harness.proxy;
  return new Promise((resolve, reject) => {
    let acting: Promise<void> | undefined;
    const observe = async ({ path }: Request): Promise<void> => {
      if (!path.includes(component.cluster) && !path.includes(component.secret)) return;
      if (acting === undefined) {
        // No answer: it has not begun yet.
        const report = await handle.query<RotationReport>('progress').catch(() => undefined);
        const current = report?.steps.at(-1);
        if (current?.step !== step || current.outcome !== 'running') return;
      }
      acting ??= act(handle).then(() => resolve(), reject);
      await acting;
      observers.delete(observe);
    };
    observers.add(observe);
  });
}

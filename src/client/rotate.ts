import type { Client, WorkflowHandle } from '@temporalio/client';
import type { RotatePasswordInput } from '../domain/rotation/input.ts';
import { isRotationReport, type RotationReport } from '../domain/rotation/report.ts';
import { rotationStart } from '../domain/rotation/start-texts.ts';
import { rotationRunsAlready, rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import type { rotatePassword } from '../workflows/index.ts';
import { awaitEnd } from './await-end.ts';
import { followWorkflow, type Follower } from './follow.ts';
import { startAlone } from './start-alone.ts';

export type RotationHandle = WorkflowHandle<typeof rotatePassword>;

/** Starts a rotation. @throws RotationError `AnotherRotation` when one of this component is running. */
export function startRotation(client: Client, taskQueue: string, input: RotatePasswordInput): Promise<RotationHandle> {
  const { component } = input;
  const workflowId = rotationWorkflowId(component);
  return startAlone<typeof rotatePassword>(
    client,
    'rotatePassword',
    {
      taskQueue,
      workflowId,
      args: [input],
      ...rotationStart({ ...input, workflowId }),
    },
    rotationRunsAlready(component),
  );
}

/** Waits until a rotation ends, with any outcome. @throws any end that is not the rotation's own. */
export function awaitReport(handle: RotationHandle): Promise<RotationReport> {
  return awaitEnd(handle, isRotationReport);
}

/** Shows a rotation while it runs. @returns its report at the end. */
export function followRotation(
  client: Client,
  handle: RotationHandle,
  follower: Follower<RotationReport>,
): Promise<RotationReport> {
  return followWorkflow(client, { handle, end: () => awaitReport(handle) }, follower);
}

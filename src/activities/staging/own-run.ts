import { Context } from '@temporalio/activity';
import { RotationError } from '../../domain/failures.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Dependencies } from '../dependencies.ts';
import { findStaging } from './staging.ts';

/**
 * A workflow that was reset goes on from an earlier event, with the same rotation id. What the run before did after that
 * event is not in the history of this run. So this run takes no step with the lock of the run before: it begins anew, and
 * takes the lock over as that of any interrupted rotation.
 * @throws RotationError `WasReset`.
 */
export async function refuseAnotherRun(deps: Dependencies, { id, component }: RotationRef): Promise<void> {
  const staging = await findStaging(deps, component);
  if (staging?.rotationId !== id) return;
  const { owner } = staging;
  const { workflowId = '', runId = '' } = Context.current().info.workflowExecution ?? {};
  if (owner.workflowId !== workflowId || owner.runId === runId) return;
  throw new RotationError(
    'WasReset',
    `Workflow ${workflowId} was reset: its run ${owner.runId} holds the lock of rotation ${id}, so run ${runId} begins anew and finishes what that run began.`,
  );
}

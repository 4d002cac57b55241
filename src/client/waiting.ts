import type { Client } from '@temporalio/client';
import { progressQuery } from '../workflows/messages.ts';

/** How many rotations wait for an approval now, as their reports say. */
export async function countWaiting(client: Client): Promise<number> {
  let waiting = 0;
  for await (const { workflowId, runId } of client.workflow.list({
    query: "WorkflowType = 'rotatePassword' AND ExecutionStatus = 'Running'",
  })) {
    const report = await client.workflow
      .getHandle(workflowId, runId)
      .query(progressQuery)
      .catch(() => undefined);
    const last = report?.steps.at(-1);
    if (last?.step === 'approve' && last.outcome === 'running') waiting += 1;
  }
  return waiting;
}

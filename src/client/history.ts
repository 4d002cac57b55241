import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { rotationWorkflowId, adoptionWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import type { LastRun } from '../domain/status.ts';

const TYPES = ['rotatePassword', 'adoptAlternating'] as const;

/** The component's rotations and adoptions that Temporal still keeps, newest first. */
export async function runsOf(client: Client, component: string, most: number): Promise<readonly LastRun[]> {
  const runs: LastRun[] = [];
  for await (const one of client.workflow.list({ query: queryOf(component) })) {
    runs.push(toRun(one));
    if (runs.length >= most) break;
  }
  return runs;
}

/** The newest run of each component. */
export async function lastRuns(client: Client, components: readonly string[]): Promise<ReadonlyMap<string, LastRun>> {
  const found = await Promise.all(components.map(async (one) => [one, (await runsOf(client, one, 1))[0]] as const));
  return new Map(found.flatMap(([name, run]) => (run === undefined ? [] : [[name, run] as const])));
}

/** What runs now: rotations, adoptions and batches. */
export async function runningNow(client: Client): Promise<readonly LastRun[]> {
  const types = [...TYPES, 'rotateBatch'].map((one) => `'${one}'`).join(', ');
  const runs: LastRun[] = [];
  for await (const one of client.workflow.list({
    query: `WorkflowType IN (${types}) AND ExecutionStatus = 'Running'`,
  }))
    runs.push(toRun(one));
  return runs;
}

/** A start with another Workflow Id is found by its search attribute, where the server has the attribute. */
function queryOf(component: string): string {
  const ids = [rotationWorkflowId(component), adoptionWorkflowId(component)].map(quoted).join(', ');
  return `WorkflowType IN (${TYPES.map(quoted).join(', ')}) AND WorkflowId IN (${ids})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function toRun(one: WorkflowExecutionInfo): LastRun {
  const { workflowId, runId, type, status, startTime, closeTime } = one;
  const outcome = one.typedSearchAttributes.getAll().find(({ key }) => key.name === SEARCH_ATTRIBUTES.outcome)?.value;
  return {
    ...{ workflowId, runId, type, startedAt: startTime.toISOString() },
    outcome: typeof outcome === 'string' && closeTime !== undefined ? outcome : status.name.toLowerCase(),
    ...(closeTime !== undefined && { endedAt: closeTime.toISOString() }),
  };
}

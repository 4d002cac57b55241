import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { checkText, mayRotate } from '../../src/cli/print-check.ts';
import { EXIT, exitCodeOf as exitCodeOfOutcomes } from '../../src/cli/exit-codes.ts';
import { awaitAdoption, startAdoption } from '../../src/client/adopt.ts';
import { awaitBatchReport, startBatch } from '../../src/client/batch.ts';
import { checkComponents } from '../../src/client/check.ts';
import { awaitReport, startRotation } from '../../src/client/rotate.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { CatalogueDiagnosis } from '../../src/domain/rotation/diagnosis.ts';
import { messageOf, RotationError } from '../../src/domain/failures.ts';
import { describeLeftBehind } from '../../src/domain/consumers/left-behind.ts';
import { timelineMarkdown } from '../../src/domain/rotation/timeline.ts';
import { reportText } from '../../src/cli/print-report.ts';
import { LOOK_AT_STEP_MS } from './patience.ts';
import type { Action, AdoptOptions, RotateOptions, WorldOutcome } from './schema.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';

/** How a command ended, as a person sees it. */
export interface Ended {
  readonly outcome?: WorldOutcome;
  readonly exitCode: number;
  readonly cause?: { readonly type: string; readonly message: string };
  readonly warnings: readonly string[];
  /** Clients that still have the other password, one line each. */
  readonly leftBehind?: readonly string[];
  /** All that it says: on the terminal, as Markdown and as JSON. */
  readonly said: string;
}

export interface Checked {
  readonly diagnosis: CatalogueDiagnosis;
  readonly said: string;
}

interface Parties {
  readonly client: Client;
  /** The catalogue's components; the first is what commands are about. */
  readonly components: readonly string[];
}

export async function check({ client, components }: Parties): Promise<Checked> {
  const diagnosis = await checkComponents(client, TASK_QUEUE, components);
  return { diagnosis, said: `${checkText(diagnosis)}\n${JSON.stringify(diagnosis)}` };
}

export async function command(
  action: Exclude<Action, { sql: string } | { apply: unknown } | { delete: unknown } | { waitSeconds: number }>,
  parties: Parties,
): Promise<Ended> {
  try {
    return await run(action, parties);
  } catch (error) {
    // What the command line prints before anything has begun.
    const type = error instanceof RotationError ? error.type : 'Unexpected';
    const message = messageOf(error);
    return {
      outcome: type === 'NeedsAttention' ? 'needs-attention' : 'refused',
      exitCode: type === 'NeedsAttention' ? EXIT.needsAttention : EXIT.failed,
      cause: { type, message },
      warnings: [],
      said: `${type}: ${message}`,
    };
  }
}

async function run(action: Parameters<typeof command>[0], parties: Parties): Promise<Ended> {
  const { client, components } = parties;
  const named = typeof action === 'string' ? { [action]: {} } : action;
  const first = components[0] ?? '';
  const by = { startedBy: 'world' };
  if ('check' in named) {
    const { diagnosis, said } = await check(parties);
    return { exitCode: mayRotate(diagnosis) ? EXIT.done : EXIT.failed, warnings: [], said };
  }
  if ('batch' in named) {
    const handle = await startBatch(client, TASK_QUEUE, { ...defined(named.batch), ...by });
    const report = await awaitBatchReport(handle);
    const { outcome } = report;
    const outcomes = report.components.map((one) => one.outcome);
    const leftBehind = report.components.flatMap((one) => one.leftBehind ?? []);
    return {
      ...(outcome !== 'running' && { outcome }),
      exitCode: exitCodeOfOutcomes(outcome === 'rotated', outcomes, leftBehind.length > 0),
      warnings: [],
      leftBehind,
      said: JSON.stringify(report),
    };
  }
  if ('rotate' in named) {
    const { terminatedIn, ...options } = defined<RotateOptions>(named.rotate);
    const handle = await startRotation(client, TASK_QUEUE, { component: first, ...defined(options), ...by });
    if (terminatedIn !== undefined) return terminate(handle, terminatedIn);
    const report = await awaitReport(handle);
    const { outcome, cause, warnings } = report;
    const leftBehind = (report.leftBehind ?? []).map(describeLeftBehind);
    return {
      ...(outcome !== 'running' && { outcome }),
      exitCode: exitCodeOfOutcomes(outcome === 'rotated', [outcome], leftBehind.length > 0),
      cause,
      warnings,
      leftBehind,
      said: [reportText(report), timelineMarkdown(report), JSON.stringify(report)].join('\n'),
    };
  }
  const undo = 'undo' in named;
  const { terminatedIn, ...options } = defined<AdoptOptions>('undo' in named ? named.undo : named.adopt);
  const handle = await startAdoption(client, TASK_QUEUE, { component: first, ...defined(options), undo, ...by });
  if (terminatedIn !== undefined) return terminate(handle, terminatedIn);
  const report = await awaitAdoption(handle);
  const { outcome, cause, warnings } = report;
  return {
    ...(outcome !== 'running' && { outcome }),
    exitCode:
      outcome === 'planned' && report.findings.some(({ severity }) => severity === 'blocking')
        ? EXIT.failed
        : exitCodeOf(outcome),
    cause,
    warnings: [...warnings, ...report.findings.map(({ rule, message }) => `${rule}: ${message}`)],
    said: [timelineMarkdown(report), JSON.stringify(report)].join('\n'),
  };
}

/** Terminates a workflow as soon as it is in a step. @throws Error when it ends without. */
async function terminate(
  handle: Pick<WorkflowHandle, 'workflowId' | 'query' | 'terminate' | 'describe'>,
  step: string,
): Promise<Ended> {
  for (;;) {
    const { steps } = await handle.query<Pick<RotationReport, 'steps'>>('progress');
    if (steps.some((one) => one.step === step && one.outcome === 'running')) break;
    if ((await handle.describe()).status.name !== 'RUNNING')
      throw new Error(`workflow ${handle.workflowId} ended without being terminated in ${step}`);
    await sleep(LOOK_AT_STEP_MS);
  }
  await handle.terminate('the world terminates it');
  return { exitCode: EXIT.done, warnings: [], said: '' };
}

function exitCodeOf(outcome: string): number {
  if (['rotated', 'adopted', 'undone', 'planned'].includes(outcome)) return EXIT.done;
  return outcome === 'needs-attention' ? EXIT.needsAttention : EXIT.failed;
}

/** Without what was left out: an option that is undefined is not one that is not there. */
function defined<T extends object>(options: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

/** A Temporal namespace of the world's own: no Workflow Id meets that of another world. */
export async function ownNamespace(connection: Client['connection'], id: string): Promise<string> {
  const namespace = `world-${id}-${randomUUID().slice(0, 4)}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long },
  });
  return namespace;
}

type Long = NonNullable<
  NonNullable<
    Parameters<Client['connection']['workflowService']['registerNamespace']>[0]['workflowExecutionRetentionPeriod']
  >['seconds']
>;

/** Every text in the histories of a Temporal namespace. */
export async function historiesOf(client: Client): Promise<string> {
  const texts: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list())
    collect(await client.workflow.getHandle(workflowId, runId).fetchHistory(), texts);
  return texts.join('\n');
}

function collect(value: unknown, texts: string[]): void {
  if (typeof value === 'string') texts.push(value);
  else if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('utf8'));
  else if (Array.isArray(value)) for (const one of value) collect(one, texts);
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) collect(one, texts);
}

import type { Client } from '@temporalio/client';
import { BatchProgress } from '../../src/cli/batch-progress.ts';
import { say } from '../../src/cli/say.ts';
import { startedBy } from '../../src/cli/user.ts';
import { startBatch, followBatch, type BatchHandle } from '../../src/client/batch.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { BatchReport, ComponentResult } from '../../src/domain/batch/batch.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import type { rotatePassword } from '../../src/workflows/index.ts';
import { SandboxError } from '../common/errors.ts';
import { aborted } from '../common/aborted.ts';
import type { Adoptions } from './adoptions.ts';
import type { DemoOptions } from './options.ts';
import type { ClusterChoice } from '../open-cluster.ts';
import { componentReport, type ComponentReport } from './report.ts';
import type { Stage } from './stage.ts';

/** Rotates the components by one batch, showing its progress. @throws the signal's reason when it is aborted. */
export async function rotate(
  { cluster, components, concurrency }: DemoOptions,
  { client, died }: Stage,
  signal: AbortSignal,
): Promise<BatchReport> {
  const handle = await startBatch(client, TASK_QUEUE, {
    components: [...components],
    concurrency,
    reason: 'demo',
    startedBy: startedBy(),
  });
  const progress = new BatchProgress(false);
  const batch = followBatch(client, handle, progress);
  const ended = await Promise.race([batch, died, aborted(signal)]);
  if (typeof ended === 'object') {
    progress.progress(ended);
    return ended;
  }
  if (signal.aborted) await giveUp(cluster, handle, batch);
  signal.throwIfAborted();
  throw new SandboxError(`While passwords were rotated, ${String(ended)} ended.`);
}

/** The embedded cluster goes with all that is in it; one that stays must have working passwords. */
async function giveUp(cluster: ClusterChoice, handle: BatchHandle, batch: Promise<BatchReport>): Promise<void> {
  if (cluster === 'embedded') {
    await handle.terminate('the demo was interrupted');
  } else {
    say('Stopping: what has begun is brought back to its previous password …');
    await handle.cancel();
  }
  await batch.catch(() => undefined);
}

/** Tries both passwords of each component, and puts its rotation's own report beside that. */
export function prove(
  { components }: BatchReport,
  { client, logins }: Stage,
  adoptions: Adoptions,
): Promise<ComponentReport[]> {
  return Promise.all(
    components.map(async (result) =>
      componentReport(
        result,
        await logins.after(result.component),
        await rotationReport(client, result),
        adoptions.of(result.component),
      ),
    ),
  );
}

async function rotationReport(
  client: Client,
  { workflowId, runId }: ComponentResult,
): Promise<RotationReport | undefined> {
  if (runId === undefined) return undefined;
  return awaitReport(client.workflow.getHandle<typeof rotatePassword>(workflowId, runId));
}

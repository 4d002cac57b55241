import type { WorkflowHandle } from '@temporalio/client';
import type { Component } from '../../../src/domain/component.ts';
import type { Harness } from '../harness.ts';
import { hold, type Occurrence } from './kill-in-each-step.ts';

/** How somebody, or something, ends a workflow in the middle of a step. */
export const INTERRUPTIONS = [
  'killed',
  'terminated',
  'cancelled',
  'reset to its beginning',
  'reset by a step',
] as const;
export type Interruption = (typeof INTERRUPTIONS)[number];

/** A workflow that is interrupted in one of its steps. */
export interface Interrupted {
  readonly component: Component;
  readonly at: Occurrence;
  /** Of `withdraw`, which writes several times: after which of its writes. Default: the first. */
  readonly write?: number;
  readonly start: () => Promise<WorkflowHandle>;
}

/**
 * Starts the workflows, holds each in its step, and interrupts all of them while their worker is killed. Another worker
 * then goes on, and who was terminated or cancelled is started again.
 * @returns the workflows that go on or were started again, in the same order.
 */
export async function interrupt(
  harness: Harness,
  victims: readonly Interrupted[],
  how: Interruption,
): Promise<readonly WorkflowHandle[]> {
  const held = await Promise.all(
    victims.map(async (victim) => {
      const handle = await victim.start();
      return { victim, handle, held: hold(harness, victim.component, handle, victim.at, victim.write) };
    }),
  );
  await Promise.all(held.map((one) => one.held.met));
  await harness.killWorkers();
  for (const { handle } of held) await end(harness, handle, how);
  for (const one of held) one.held.release();
  await harness.startWorker();
  return Promise.all(
    held.map(async ({ victim, handle }) => {
      if (how === 'killed') return handle;
      // The run after a reset has an id of its own.
      if (how.startsWith('reset')) return harness.temporal.client.workflow.getHandle(handle.workflowId);
      await handle.result().catch(() => undefined);
      return victim.start();
    }),
  );
}

async function end(harness: Harness, handle: WorkflowHandle, how: Interruption): Promise<void> {
  switch (how) {
    case 'killed':
      return;
    case 'terminated':
      await handle.terminate('a test interrupts it');
      return;
    case 'cancelled':
      await handle.cancel();
      return;
    default:
      await reset(harness, handle, how === 'reset to its beginning');
  }
}

/** As `temporal workflow reset` does it: a new run goes on from an earlier workflow task. */
async function reset({ temporal }: Harness, handle: WorkflowHandle, toTheBeginning: boolean): Promise<void> {
  const { client } = temporal;
  const { events } = await handle.fetchHistory();
  const tasks = (events ?? []).filter(({ workflowTaskCompletedEventAttributes: done }) => done != null);
  // The last task scheduled the step, the one before it the step before.
  const task = toTheBeginning ? tasks[0] : (tasks.at(-2) ?? tasks[0]);
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: handle.workflowId },
    reason: 'a test interrupts it',
    workflowTaskFinishEventId: task?.eventId,
    requestId: `${handle.workflowId}-${Date.now()}`,
  });
}

import type { Client, WorkflowHandle } from '@temporalio/client';
import { RotationError } from '../domain/failures.ts';
import { isWithoutAnswer, serverAnswers } from './server-answers.ts';

/** The time between two looks at a running rotation, in milliseconds. */
const LOOK_EVERY_MS = 500;
/** The time limit of a query that no worker answers, in milliseconds. */
const QUERY_TIMEOUT_MS = 2_000;
/** How long a follower waits for a server that is away, in minutes. */
export const WAIT_FOR_SERVER_MINUTES = 10;

export interface Follower<Report> {
  /** Called with each new state of the workflow. */
  progress(report: Report): void | Promise<void>;
  /** Called at each look that nobody answers. The workflow itself waits and is not lost. */
  noAnswer(from: 'worker' | 'server'): void;
}

/** What is followed. */
export interface Followed<Report> {
  readonly handle: Pick<WorkflowHandle, 'query' | 'workflowId'>;
  /** Waits for the workflow's end. Called again after the server was away. */
  readonly end: () => Promise<Report>;
  /** Default: ten minutes. */
  readonly waitForServerMs?: number;
}

type End<Report> = { readonly report: Report } | { readonly error: unknown };

/**
 * Shows a workflow's `progress` until the workflow has ended. A server that goes away is waited for.
 * @returns the report of the end.
 * @throws RotationError `OutOfSight` when the server stays away, or comes back without the workflow.
 */
export async function followWorkflow<Report>(
  client: Client,
  { handle, end, waitForServerMs = WAIT_FOR_SERVER_MINUTES * 60_000 }: Followed<Report>,
  follower: Follower<Report>,
): Promise<Report> {
  let ended: End<Report> | undefined;
  let seen = false;
  const waitForEnd = async (): Promise<void> => {
    ended = await end().then(
      (report) => ({ report }),
      (error: unknown) => ({ error }),
    );
  };
  let waiting = waitForEnd();
  let awaySince: number | undefined;
  for (;;) {
    const report = await readProgress<Report>(client, handle);
    const isAway = report === undefined && ended === undefined && !(await serverAnswers(client));
    awaySince = isAway ? (awaySince ?? Date.now()) : undefined;
    if (awaySince !== undefined && Date.now() - awaySince >= waitForServerMs)
      throw outOfSight(handle.workflowId, `Temporal has not answered for ${Math.round(waitForServerMs / 1_000)} s`);
    if (report !== undefined) await follower.progress(report);
    else if (ended === undefined) follower.noAnswer(isAway ? 'server' : 'worker');
    seen ||= report !== undefined;
    await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
    const over = ended;
    if (over === undefined) continue;
    if ('report' in over) return over.report;
    if (!isWithoutAnswer(over.error)) throw seen ? whereGone(handle.workflowId, over.error) : over.error;
    ended = undefined;
    waiting = waitForEnd();
  }
}

/** A workflow that was there and that the server no longer knows has not ended with "no such rotation". */
function whereGone(workflowId: string, error: unknown): unknown {
  const isGone = error instanceof RotationError && error.type === 'NoRotation';
  return isGone ? outOfSight(workflowId, 'Temporal came back without it') : error;
}

function outOfSight(workflowId: string, because: string): RotationError {
  return new RotationError(
    'OutOfSight',
    `How workflow ${workflowId} ends is not known: ${because}. The workflow goes on when its server and a worker run. Then follow it again; "cnpg-rotate list" shows what runs, and "cnpg-rotate status" how each component stands.`,
  );
}

/** A workflow's report of its progress; nothing when no worker answers. @throws RotationError `PayloadUnreadable`. */
export function readProgress<Report>(
  client: Client,
  handle: Pick<WorkflowHandle, 'query'>,
): Promise<Report | undefined> {
  return client
    .withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<Report>('progress'))
    .catch((error: unknown) => {
      // Nobody else can mend this: the command lacks a key.
      if (error instanceof RotationError) throw error;
      return undefined;
    });
}

import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { RotationError } from '../domain/failures.ts';

const FIND_IT =
  '"cnpg-rotate check" lists the catalogue\'s components; one that was started under another id is found by --workflow-id.';

/** The report of a workflow that has ended, with any outcome. @throws RotationError when it ended without a report. */
export async function awaitEnd<Report>(
  handle: Pick<WorkflowHandle<() => Promise<Report>>, 'workflowId' | 'result' | 'query'>,
  isReport: (value: unknown) => value is Report,
): Promise<Report> {
  try {
    return await handle.result();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new RotationError('NoRotation', `Temporal knows no workflow ${handle.workflowId}. ${FIND_IT}`);
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    // Temporal keeps no details of a cancelled workflow. Its report is read from its history.
    const report: unknown =
      cause instanceof CancelledFailure
        ? await handle.query<Report>('progress')
        : cause instanceof ApplicationFailure
          ? cause.details?.[0]
          : undefined;
    if (isReport(report)) return report;
    if (cause instanceof ApplicationFailure) throw RotationError.from(cause);
    const how = cause instanceof TerminatedFailure ? 'was terminated' : 'ended';
    throw new RotationError(
      'NeedsAttention',
      `The workflow ${handle.workflowId} ${how} without a report. Which password is valid nobody has proven. How far it came: "temporal workflow show -w ${handle.workflowId}".`,
    );
  }
}

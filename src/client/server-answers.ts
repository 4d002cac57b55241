import { ServiceError, isGrpcServiceError, type Client } from '@temporalio/client';

/** The time limit of a call that only asks whether the server is there, in milliseconds. */
const ANSWER_WITHIN_MS = 2_000;

/** gRPC's CANCELLED, DEADLINE_EXCEEDED and UNAVAILABLE. Any other code comes from a server that is there. */
const WITHOUT_ANSWER: ReadonlySet<number> = new Set([1, 4, 14]);

/** Whether a call failed because no server answered. */
export function isWithoutAnswer(error: unknown): boolean {
  const thrown = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(thrown) && WITHOUT_ANSWER.has(thrown.code);
}

/** Whether the Temporal server answers now. */
export async function serverAnswers(client: Client): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch (error) {
    return !isWithoutAnswer(error);
  }
}

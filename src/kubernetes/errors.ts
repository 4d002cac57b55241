import { ApiException } from '@kubernetes/client-node';
import { RotationError, messageOf } from '../domain/failures.ts';

/** The part of the API's `Status` object that its errors carry. */
interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
}

/** The HTTP status of an API error, or `undefined` for anything else. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

export function isForbidden(error: unknown): boolean {
  return statusOf(error) === 403;
}

/** The WebSocket client's message for a request that the API answers with 403. */
const FORBIDDEN_UPGRADE = /\b403\b/;

/** Whether the API refused to open a WebSocket. Running programs and forwarding ports need a WebSocket. */
export function isForbiddenUpgrade(error: unknown): boolean {
  return FORBIDDEN_UPGRADE.test(webSocketReason(error));
}

/** The reason in a WebSocket's error event, which is not an `Error`. */
export function webSocketReason(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') {
    return error.message;
  }
  return 'the connection could not be opened';
}

/** Whether the API refused a change because a webhook of this domain does not answer. */
export function isRefusedByDeadWebhook(error: unknown, domain: string): boolean {
  if (!(error instanceof ApiException) || error.code < 500) return false;
  const { message = '' } = parseBody(error.body);
  return message.includes('failed calling webhook') && message.includes(domain);
}

/**
 * Turns an error of the client into the product's error. The client's own message holds the whole response, so it is
 * never passed on.
 * @param doing what was tried, to which object: `read Secret ai-system/litellm-db-secret`.
 */
export function fromKubernetes(error: unknown, doing: string): RotationError {
  if (error instanceof RotationError) return error;
  const status = statusOf(error);
  if (status === undefined) {
    return new RotationError(
      'KubernetesUnavailable',
      `Could not ${doing}: the Kubernetes API did not answer (${networkReason(error)}).`,
    );
  }
  const said = describeStatus(error as ApiException<unknown>, doing);
  if (status === 401 || status === 403) {
    return new RotationError(
      'KubernetesForbidden',
      `Could not ${doing}: the Kubernetes API refused it (${status} ${said}). Give the worker's account the rights that "cnpg-rotate rights" prints for the catalogue; with --adoption, those of an adoption too.`,
    );
  }
  // 429 and every 5xx (also from a webhook that is down) may be gone at the next attempt.
  const unavailable = status === 429 || status >= 500;
  return new RotationError(
    isConflict(error) ? 'Conflict' : unavailable ? 'KubernetesUnavailable' : 'KubernetesRejected',
    `Could not ${doing}: the Kubernetes API answered ${status} ${said}.`,
  );
}

/** The API's reason and message. For a Secret only the reason: the message may quote the Secret's values. */
function describeStatus(error: ApiException<unknown>, doing: string): string {
  const body = parseBody(error.body);
  const reason = body.reason ?? 'without a reason';
  if (doing.includes('Secret ') && error.code === 422) return reason;
  return body.message === undefined ? reason : `${reason}: ${body.message}`;
}

function parseBody(body: unknown): StatusBody {
  if (typeof body === 'object' && body !== null) return body;
  if (typeof body !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

function networkReason(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    if ('type' in error && error.type === 'aborted') return 'timed out';
  }
  return messageOf(error);
}

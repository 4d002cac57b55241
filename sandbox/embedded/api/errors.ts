/** The API's own object for an error. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly code: number;
  readonly details?: object;
}

/** An error as the API server answers it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: number,
    /** CamelCase, as in `Status.reason`. */
    readonly reason: string,
    message: string,
    readonly details?: object,
  ) {
    super(message);
  }

  get status(): Status {
    const { message, reason, code, details } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      code,
      details,
    };
  }

  static badRequest(message: string): ApiError {
    return new ApiError(400, 'BadRequest', message);
  }

  static notFound(resource: string, name: string): ApiError {
    return new ApiError(404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource });
  }

  static alreadyExists(resource: string, name: string): ApiError {
    return new ApiError(409, 'AlreadyExists', `${resource} "${name}" already exists`, { name, kind: resource });
  }

  static conflict(resource: string, name: string, why: string): ApiError {
    return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${why}`, {
      name,
      kind: resource,
    });
  }

  static invalid(kind: string, name: string, why: string): ApiError {
    return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${why}`, { name, kind });
  }

  static expired(version: number, oldest: number): ApiError {
    return new ApiError(410, 'Expired', `too old resource version: ${version} (${oldest})`);
  }

  /** As the real API server answers when a webhook with `failurePolicy: Fail` does not answer. */
  static webhookDown(webhook: string, why: string): ApiError {
    return new ApiError(
      500,
      'InternalError',
      `Internal error occurred: failed calling webhook "${webhook}": failed to call webhook: ${why}`,
    );
  }

  static from(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    return new ApiError(
      500,
      'InternalError',
      `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

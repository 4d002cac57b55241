import { z } from 'zod';
import { RotationError } from './failures.ts';

const rotatePasswordInput = z.strictObject({
  component: z.string().min(1),
  /** Why the password is changed; goes into the report. */
  reason: z.string().max(500).optional(),
  /** End the sessions that logged in with the old password, once the new one is everywhere. */
  endOldSessions: z.boolean().default(false),
});

/** The one argument of the workflow `rotatePassword`. */
export type RotatePasswordInput = z.input<typeof rotatePasswordInput>;
export type RotatePasswordRequest = z.output<typeof rotatePasswordInput>;

/** Children that run at once are bounded by what Temporal allows one workflow, and by what a cluster bears. */
const MOST_COMPONENTS = 200;

const rotateBatchInput = z.strictObject({
  /** Which, in this order; default: the whole catalogue. */
  components: z.array(z.string().min(1)).min(1).max(MOST_COMPONENTS).optional(),
  /** How many rotate at once. */
  concurrency: z.int().min(1).max(50).default(2),
  /** Start no further component after so many failures; default: go on whatever happens. */
  stopAfterFailures: z.int().min(1).optional(),
  /** Goes first and alone; when it fails, no other one is started. */
  canary: z.string().min(1).optional(),
  reason: z.string().max(500).optional(),
  endOldSessions: z.boolean().default(false),
});

/** The one argument of the workflow `rotateBatch`; `{}` rotates the whole catalogue. */
export type RotateBatchInput = z.input<typeof rotateBatchInput>;
export type RotateBatchRequest = z.output<typeof rotateBatchInput>;

/** Validates what the Web UI, `temporal` or a program sent; throws `InvalidInput` naming each bad field. */
export function parseRotatePasswordInput(input: unknown): RotatePasswordRequest {
  return parseInput('rotatePassword', rotatePasswordInput, input, '{"component":"litellm"}');
}

/** Throws `InvalidInput` naming each bad field. */
export function parseRotateBatchInput(input: unknown): RotateBatchRequest {
  const request = parseInput('rotateBatch', rotateBatchInput, input ?? {}, '{} or {"components":["litellm","obot"]}');
  const { components } = request;
  if (components !== undefined && new Set(components).size !== components.length) {
    throw new RotationError('InvalidInput', 'The input of rotateBatch names a component twice. Name each once.');
  }
  return request;
}

function parseInput<Schema extends z.ZodType>(
  workflow: string,
  schema: Schema,
  input: unknown,
  example: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new RotationError(
    'InvalidInput',
    `The input of ${workflow} is not valid: ${describeIssues(parsed.error)}. Send one object, for example ${example}.`,
  );
}

/** `component: expected string; reason: too long`, from a schema's complaints. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ');
}

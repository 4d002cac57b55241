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

/** Validates what the Web UI, `temporal` or a program sent; throws `InvalidInput` naming each bad field. */
export function parseRotatePasswordInput(input: unknown): RotatePasswordRequest {
  const parsed = rotatePasswordInput.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new RotationError(
    'InvalidInput',
    `The input of rotatePassword is not valid: ${describeIssues(parsed.error)}. Send one object, for example {"component":"litellm"}.`,
  );
}

/** `component: expected string; reason: too long`, from a schema's complaints. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ');
}

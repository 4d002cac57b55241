import { z } from 'zod';
import { RotationError } from './failures.ts';

const rotatePasswordInput = z.strictObject({
  component: z.string().min(1),
  /** Why the password is changed; goes into the report. */
  reason: z.string().max(500).optional(),
});

/** The one argument of the workflow `rotatePassword`. */
export type RotatePasswordInput = z.input<typeof rotatePasswordInput>;
export type RotatePasswordRequest = z.output<typeof rotatePasswordInput>;

const checkComponentInput = z.strictObject({ component: z.string().min(1) });

/** The one argument of the workflow `checkComponent`. */
export type CheckComponentInput = z.input<typeof checkComponentInput>;

const checkCatalogueInput = z.strictObject({
  /** Those to look at; without it, all of the catalogue. */
  components: z.array(z.string().min(1)).min(1).optional(),
});

/** The one argument of the workflow `checkCatalogue`. */
export type CheckCatalogueInput = z.input<typeof checkCatalogueInput>;

/** Validates what the Web UI, `temporal` or a program sent; throws `InvalidInput` naming each bad field. */
export function parseRotatePasswordInput(input: unknown): RotatePasswordRequest {
  return parseInput(rotatePasswordInput, input, 'rotatePassword', '{"component":"litellm"}');
}

export function parseCheckComponentInput(input: unknown): CheckComponentInput {
  return parseInput(checkComponentInput, input, 'checkComponent', '{"component":"litellm"}');
}

export function parseCheckCatalogueInput(input: unknown): CheckCatalogueInput {
  return parseInput(checkCatalogueInput, input, 'checkCatalogue', '{} or {"components":["litellm"]}');
}

function parseInput<T>(schema: z.ZodType<T>, input: unknown, workflow: string, example: string): T {
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

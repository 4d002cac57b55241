import { z } from 'zod';
import { BUDGET_SECONDS, MAX_APPROVAL_SECONDS, MAX_WAIT_FOR_JOBS_SECONDS, MAX_WATCH_SECONDS } from '../budgets.ts';
import { STRATEGIES } from '../component.ts';
import { hasControlCharacters } from '../text/control-characters.ts';
import { RotationError } from '../failures.ts';

/**
 * A person's text for the report, in one line. A line break would make the text look like another entry, and other
 * control characters change the terminal that shows the text.
 */
export function plainText(longest: number): z.ZodString {
  return z
    .string()
    .max(longest)
    .refine(
      (text) => !hasControlCharacters(text),
      'must be one line without control characters (line breaks, escape sequences, marks of the direction of writing)',
    );
}

/** A name of a Kubernetes object (RFC 1123). */
export const kubernetesName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a Kubernetes name (lower case letters, digits, "-", ".")')
  .max(253);

/** A component of the catalogue. */
export const componentName = plainText(1_000).min(1);

/** How long a rotation looks who is still refused. */
export const watchSeconds = z.int().min(0).max(MAX_WATCH_SECONDS);

/** The common fields of a rotation and a batch. */
export const ROTATION_FIELDS = {
  /** The reason for the change, for the report. */
  reason: plainText(500).optional(),
  /** End the sessions that logged in with the old password, when the new password is everywhere. */
  endOldSessions: z.boolean().default(false),
  /** Wait for the update `approve`. Before the approval only the staging Secret is written. */
  requireApproval: z.boolean().default(false),
  /** How long to wait for the approval. Default: 24 hours; at most 7 days. */
  approvalTimeoutSeconds: z.int().min(1).max(MAX_APPROVAL_SECONDS).default(BUDGET_SECONDS.approve),
  /** Whether a client that the rotation does not know blocks the rotation. Default: what the catalogue says, else no. */
  strict: z.boolean().optional(),
  /** How long the rotation looks who is still refused, at most an hour. Default: what the catalogue says, else 5 s. */
  watchSeconds: watchSeconds.optional(),
  /** How long to wait for running Jobs that read the Secrets; 0: not at all. Default: the catalogue's, else 120. */
  waitForJobsSeconds: z.int().min(0).max(MAX_WAIT_FOR_JOBS_SECONDS).optional(),
  /** Who starts the rotation, for the report. */
  startedBy: plainText(200).min(1).optional(),
};

const rotatePasswordInput = z.strictObject({
  component: componentName,
  /** Default: the strategy in the catalogue. */
  strategy: z.enum(STRATEGIES).optional(),
  ...ROTATION_FIELDS,
});

/** The one argument of the workflow `rotatePassword`. */
export type RotatePasswordInput = z.input<typeof rotatePasswordInput>;
export type RotatePasswordRequest = z.output<typeof rotatePasswordInput>;

const STRICT = {
  /** Whether an unknown client counts as blocking. Default: what the catalogue says, else no. */
  strict: z.boolean().optional(),
};

const checkComponentInput = z.strictObject({ component: componentName, ...STRICT });

/** The one argument of the workflow `checkComponent`. */
export type CheckComponentInput = z.input<typeof checkComponentInput>;

const checkCatalogueInput = z.strictObject({
  /** The components to check. Default: the whole catalogue. */
  components: z.array(componentName).min(1).optional(),
  ...STRICT,
});

/** The one argument of the workflow `checkCatalogue`. */
export type CheckCatalogueInput = z.input<typeof checkCatalogueInput>;

/** Validates what the Web UI, `temporal` or a program sent; throws `InvalidInput` naming each bad field. */
export function parseRotatePasswordInput(input: unknown): RotatePasswordRequest {
  return parseInput('rotatePassword', rotatePasswordInput, input, '{"component":"litellm"}');
}

export function parseCheckComponentInput(input: unknown): CheckComponentInput {
  return parseInput('checkComponent', checkComponentInput, input, '{"component":"litellm"}');
}

export function parseCheckCatalogueInput(input: unknown): CheckCatalogueInput {
  return parseInput('checkCatalogue', checkCatalogueInput, input, '{} or {"components":["litellm"]}');
}

/** @throws RotationError `InvalidInput`, naming each bad field and showing an example. */
export function parseInput<T extends z.ZodType>(name: string, schema: T, input: unknown, example: string): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new RotationError(
    'InvalidInput',
    `The input of ${name} is not valid: ${describeIssues(parsed.error)}. Send one object, for example ${example}.`,
  );
}

/** `component: expected string; reason: too long`: the issues of a schema in one line. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ');
}

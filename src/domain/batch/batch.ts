import { z } from 'zod';
import { RotationError, type Cause } from '../failures.ts';
import { leftBehindSummary } from '../consumers/left-behind.ts';
import { hasFields } from '../has-fields.ts';
import { componentName, parseInput, ROTATION_FIELDS } from '../rotation/input.ts';
import type { Outcome, RotationReport } from '../rotation/report.ts';
import { rotationWorkflowId } from '../rotation/workflow-ids.ts';

/** After so many rotations the batch's workflow continues as new, so that its history stays short. */
export const BATCH_PAGE = 200;

/** The results of so many components surely fit into one payload of Temporal (2 MB). */
const MAX_COMPONENTS = 2_000;
const MAX_CAUSE_LENGTH = 500;

/** Rotations of one batch that may run at once. */
export const MAX_CONCURRENCY = 50;

const rotateBatchInput = z.strictObject({
  /** Default: the whole catalogue. */
  components: z
    .array(componentName)
    .min(1)
    .max(MAX_COMPONENTS)
    .refine((names) => new Set(names).size === names.length, 'a component is named twice')
    .optional(),
  /** How many rotations run at once. */
  concurrency: z.int().min(1).max(MAX_CONCURRENCY).default(2),
  /** The batch starts no further rotation after so many failures. Default: failures do not stop the batch. */
  stopAfterFailures: z.int().min(1).optional(),
  /** This component is rotated first and alone. When its rotation fails, no other rotation starts. */
  canary: componentName.optional(),
  ...ROTATION_FIELDS,
});

/** The one argument of the workflow `rotateBatch`. */
export type RotateBatchInput = z.input<typeof rotateBatchInput>;
export type RotateBatchRequest = z.output<typeof rotateBatchInput>;

/** @throws RotationError `InvalidInput`. */
export function parseRotateBatchInput(input: unknown): RotateBatchRequest {
  return parseInput('rotateBatch', rotateBatchInput, input, '{} for all components, or {"components":["litellm"]}');
}

/** The result of one component; small, because a batch has many. The rotation's own workflow has the whole report. */
export interface ComponentResult {
  readonly component: string;
  readonly outcome: Outcome | 'not-started' | 'running';
  readonly cause?: Cause;
  /** `2 left behind: …`; absent where nobody is. */
  readonly leftBehind?: string;
  readonly seconds?: number;
  /** The rotation's id. */
  readonly rotation?: string;
  readonly workflowId: string;
  readonly runId?: string;
}

/** A report of reports: the result of `rotateBatch`, and its `progress`. */
export interface BatchReport {
  readonly workflowId: string;
  readonly outcome: 'rotated' | 'partly' | 'failed' | 'running';
  /** In the order in which the rotations start. */
  readonly components: readonly ComponentResult[];
  /** Why no further rotation was started. */
  readonly stopped?: string;
  readonly reason?: string;
  readonly startedBy?: string;
  readonly concurrency: number;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly seconds?: number;
}

/** Whether the result of a workflow is a batch's report. */
export function isBatchReport(value: unknown): value is BatchReport {
  return hasFields<BatchReport>(value, 'concurrency', 'components');
}

/** What one run of the workflow hands to the next when it continues as new. */
export interface BatchSoFar {
  readonly startedAt: string;
  readonly order: readonly string[];
  readonly ended: readonly ComponentResult[];
}

/** @throws RotationError `ComponentUnknown` where the catalogue lacks one of the names. */
export function requireKnown(components: readonly string[], catalogue: readonly string[]): void {
  const known = new Set(catalogue);
  const unknown = components.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const names = unknown.map((name) => `"${name}"`).join(', ');
  throw new RotationError(
    'ComponentUnknown',
    `There is no component ${names} in the catalogue of the worker, which has: ${catalogue.join(', ')}. Nothing was started.`,
  );
}

/** The components in the order of their rotations. @throws RotationError `ComponentUnknown`, `InvalidInput`. */
export function orderComponents(
  { components, canary }: Pick<RotateBatchRequest, 'components' | 'canary'>,
  catalogue: readonly string[],
): readonly string[] {
  requireKnown(components ?? [], catalogue);
  const chosen = components ?? catalogue;
  if (chosen.length > MAX_COMPONENTS) {
    throw new RotationError(
      'InvalidInput',
      `The catalogue has ${chosen.length} components, and a batch rotates at most ${MAX_COMPONENTS}. Name some in "components".`,
    );
  }
  if (canary === undefined) return chosen;
  if (!chosen.includes(canary)) {
    throw new RotationError(
      'InvalidInput',
      `The canary "${canary}" is not among the components of the batch: ${chosen.join(', ')}. Nothing was started.`,
    );
  }
  return [canary, ...chosen.filter((name) => name !== canary)];
}

/** Why the next rotation must not start, according to the results so far. */
export function whyStop(
  { canary, stopAfterFailures }: Pick<RotateBatchRequest, 'canary' | 'stopAfterFailures'>,
  ended: readonly ComponentResult[],
): string | undefined {
  const failed = ended.filter(({ outcome }) => outcome !== 'rotated');
  if (failed.some(({ component }) => component === canary)) return `the canary ${canary ?? ''} was not rotated`;
  if (stopAfterFailures !== undefined && failed.length >= stopAfterFailures)
    return `${failed.length} of ${ended.length} failed, and stopAfterFailures is ${stopAfterFailures}`;
  return undefined;
}

export function batchOutcome(results: readonly ComponentResult[]): 'rotated' | 'partly' | 'failed' {
  const rotated = results.filter(({ outcome }) => outcome === 'rotated').length;
  if (rotated === results.length) return 'rotated';
  return rotated === 0 ? 'failed' : 'partly';
}

export function notStarted(component: string, cause?: Cause): ComponentResult {
  const workflowId = rotationWorkflowId(component);
  return { component, outcome: 'not-started', workflowId, cause: cause && short(cause) };
}

/** The part of a rotation's report that a batch keeps. */
export function resultOf(report: RotationReport): ComponentResult {
  const { component, outcome, cause, leftBehind = [], seconds, rotation, workflowId, runId } = report;
  const left = outcome === 'rotated' && leftBehind.length > 0 ? { leftBehind: leftBehindSummary(leftBehind) } : {};
  return { component, outcome, cause: cause && short(cause), ...left, seconds, rotation, workflowId, runId };
}

/** A rotation without a report, for example because somebody terminated it: nobody knows which password is valid. */
export function endedWithoutReport(component: string, how: string): ComponentResult {
  const workflowId = rotationWorkflowId(component);
  const message = `The rotation ${how} without a report. Where it stands: "temporal workflow show -w ${workflowId}".`;
  return { component, outcome: 'needs-attention', workflowId, cause: { type: 'NeedsAttention', message } };
}

function short({ type, message }: Cause): Cause {
  return { type, message: message.length <= MAX_CAUSE_LENGTH ? message : `${message.slice(0, MAX_CAUSE_LENGTH - 1)}…` };
}

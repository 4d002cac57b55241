import { z } from 'zod';
import { RotationError, type Cause } from '../failures.ts';
import { hasFields } from '../has-fields.ts';
import { componentName, parseInput, ROTATION_FIELDS } from '../rotation/input.ts';
import type { Outcome, RotationReport } from '../rotation/report.ts';
import { rotationWorkflowId } from '../rotation/workflow-ids.ts';

/** Rotations in one run of the batch's workflow; then it continues as new, so that its history stays short. */
export const BATCH_PAGE = 200;

/** As many results as surely fit into one payload of Temporal (2 MB). */
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
  /** Rotations that run at once. */
  concurrency: z.int().min(1).max(MAX_CONCURRENCY).default(2),
  /** After so many failures no further rotation starts. Default: a failure stops nothing. */
  stopAfterFailures: z.int().min(1).optional(),
  /** The component that goes first and alone; when it fails no other starts. */
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

/** What became of one component; small, because a batch has many. The rotation's own workflow has its whole report. */
export interface ComponentResult {
  readonly component: string;
  readonly outcome: Outcome | 'not-started' | 'running';
  readonly cause?: Cause;
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
  /** In the order in which they start. */
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

/** Whether what a workflow ended with is a batch's report. */
export function isBatchReport(value: unknown): value is BatchReport {
  return hasFields<BatchReport>(value, 'concurrency', 'components');
}

/** What one run of the workflow hands to the next when it continues as new. */
export interface BatchSoFar {
  readonly startedAt: string;
  readonly order: readonly string[];
  readonly ended: readonly ComponentResult[];
}

/** Which components, in which order. @throws RotationError `ComponentUnknown`, `InvalidInput`. */
export function orderComponents(
  { components, canary }: Pick<RotateBatchRequest, 'components' | 'canary'>,
  catalogue: readonly string[],
): readonly string[] {
  const known = new Set(catalogue);
  const unknown = (components ?? []).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    const names = unknown.map((name) => `"${name}"`).join(', ');
    throw new RotationError(
      'ComponentUnknown',
      `There is no component ${names} in the catalogue, which has: ${catalogue.join(', ')}. Nothing was started.`,
    );
  }
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

/** Why the next rotation must not start, after those that have ended. */
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

/** What a batch keeps of a rotation's report. */
export function resultOf(report: RotationReport): ComponentResult {
  const { component, outcome, cause, seconds, rotation, workflowId, runId } = report;
  return { component, outcome, cause: cause && short(cause), seconds, rotation, workflowId, runId };
}

/** A rotation that ended without a report, because somebody terminated it for example: nothing is known of its passwords. */
export function endedWithoutReport(component: string, how: string): ComponentResult {
  const workflowId = rotationWorkflowId(component);
  const message = `The rotation ${how} without a report. Where it stands: "temporal workflow show -w ${workflowId}".`;
  return { component, outcome: 'needs-attention', workflowId, cause: { type: 'NeedsAttention', message } };
}

function short({ type, message }: Cause): Cause {
  return { type, message: message.length <= MAX_CAUSE_LENGTH ? message : `${message.slice(0, MAX_CAUSE_LENGTH - 1)}…` };
}

import { z } from 'zod';
import type { StepRecord } from './report.ts';
import { parseInput, plainText } from './input.ts';
import { rotationArguments } from './workflow-ids.ts';

/* What a person may send to a running rotation: the updates `approve` and `abort`. */

const text = plainText(500).optional();
const approveInput = z.strictObject({
  /** Who approves, for the report. */
  by: plainText(200).min(1).optional(),
  note: text,
});
const abortInput = z.strictObject({ reason: text });

export type ApproveInput = z.input<typeof approveInput>;
export type AbortInput = z.input<typeof abortInput>;

/** The Web UI sends no argument when its field is empty. */
export function parseApproveInput(input: unknown): z.output<typeof approveInput> {
  return parseInput('approve', approveInput, input ?? {}, '{"by":"alice"}');
}

export function parseAbortInput(input: unknown): z.output<typeof abortInput> {
  return parseInput('abort', abortInput, input ?? {}, '{"reason":"wrong component"}');
}

/** Decides how the rotation reacts to an approval and to an abort, from its start to its end. */
export type Stage =
  /** Going forward; `written` is true when the live Secret may be changed. */
  | { readonly kind: 'forward'; readonly written: boolean }
  | { readonly kind: 'waiting' }
  /** Going back, or ending. */
  | { readonly kind: 'closing' };

/** Why nothing waits for an approval. */
export function whyNotWaiting(component: string, required: boolean, stage: Stage): string | undefined {
  if (stage.kind === 'waiting') return undefined;
  if (!required) return `The rotation of ${component} was not started with requireApproval, so it waits for nobody.`;
  if (stage.kind === 'closing') return `The rotation of ${component} is ending already.`;
  return stage.written
    ? `The rotation of ${component} was approved already.`
    : `The rotation of ${component} has not come to its approval yet. Try again in a moment.`;
}

/** `waiting for approval: cnpg-rotate approve litellm, …`: this line shows a person what to do. */
export function approvalHint(component: string, workflowId: string, until: Date): string {
  return `waiting for approval: cnpg-rotate approve ${rotationArguments(component, workflowId)}, or the update "approve" in the Web UI, until ${until.toISOString()}`;
}

/** Whether a step waits for a person. */
export function waitsForApproval({ step, outcome }: StepRecord): boolean {
  return step === 'approve' && outcome === 'running';
}

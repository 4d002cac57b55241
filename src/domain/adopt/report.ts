import type { Strategy } from '../component.ts';
import type { Finding } from '../finding.ts';
import { hasFields } from '../has-fields.ts';
import type { RotationReport } from '../rotation/report.ts';
import type { Direction } from './facts.ts';
import type { AdoptionNames } from './names.ts';

/*
 * One adoption. It has the same turn as a rotation, with the owner in the place of a login role. The undoing takes the
 * turn in the other direction and drops the login roles afterwards.
 *
 *   preflight ──▶ split ──▶ stage ──▶ declare ──▶ (the turn, from the owner to the first login role) ──▶ finish ──▶ adopted
 *       │           │         │          │                  │ any failure
 *       ▼           ▼         ▼          │                  ▼
 *    unchanged ◀────┴─────────┘          │        the turn with the previous credential
 *       or planned                       └──▶ withdraw ◀────┘ ──▶ rolled-back
 *
 *   preflight ──▶ stage ──▶ (the turn, from the login role to the owner) ──▶ withdraw ──▶ finish ──▶ undone
 */

export type AdoptionOutcome =
  /** A dry run: nothing was changed. */
  | 'planned'
  /** Two login roles take turns from now on. */
  | 'adopted'
  /** The owner logs in again, and the login roles are gone. */
  | 'undone'
  /** The adoption changed nothing, except for what it brought along for an interrupted rotation (`tookOver`). */
  | 'unchanged'
  /** Everything is as it was before. */
  | 'rolled-back'
  /** The adoption stopped in the middle: the advice says what to do. */
  | 'needs-attention';

/** What an adoption did, for a person. The workflow returns this report, and its query `progress` shows it. */
export interface AdoptionReport extends Omit<RotationReport, 'outcome'> {
  readonly direction: Direction;
  readonly dryRun: boolean;
  readonly outcome: AdoptionOutcome | 'running';
  /** The names of roles and Secrets; absent while preflight has not resolved the component. */
  readonly names?: AdoptionNames;
  readonly findings: readonly Finding[];
  /** What the adoption has to do, one line a part. */
  readonly plan: readonly string[];
  /** The change of the manifests for Git, as a unified diff. */
  readonly patch: string;
  /** The manifests of the Secrets that the adoption makes, without their values. */
  readonly manifests: string;
}

/** Whether the result of a workflow is an adoption's report. */
export function isAdoptionReport(value: unknown): value is AdoptionReport {
  return hasFields<AdoptionReport>(value, 'direction', 'steps');
}

/** What to do when an adoption stopped between two states. In both states the application's credential is certain. */
export function halfwayAdvice(component: string, direction: Direction): string {
  return direction === 'undo'
    ? `The application logs in as the owner again; what is left of the login roles is taken away by starting again: "cnpg-rotate adopt ${component} --undo".`
    : `The application logs in as before; go on with "cnpg-rotate adopt ${component}", or take away what was made with "cnpg-rotate adopt ${component} --undo".`;
}

/** What the catalogue has to say next; nothing where the catalogue says it already. */
export function catalogueAdvice(component: string, outcome: AdoptionOutcome, now: Strategy): string | undefined {
  if (outcome === 'adopted' && now === 'in-place')
    return `Next: put "strategy: alternating" under "${component}" in the catalogue, and start the workers again. Until then a rotation of "${component}" is refused.`;
  if (outcome === 'undone' && now === 'alternating')
    return `Next: take "strategy: alternating" of "${component}" out of the catalogue, and start the workers again. Until then a rotation of "${component}" is refused.`;
  return undefined;
}

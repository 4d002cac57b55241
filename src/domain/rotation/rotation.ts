import type { Component, SecretReader, Strategy } from '../component.ts';
import { RotationError, type FailureType } from '../failures.ts';
import type { KubernetesIdentity } from '../kubernetes-identity.ts';
import type { Finding } from '../preflight/index.ts';
import type { RefusedLogins } from '../proofs/refused-logins.ts';
import type { RoleAttributesSeen } from '../proofs/role-attributes.ts';
import { describePlace, type PasswordAt, type SecretPlaces, type SecretPlan } from '../secret-plan/plan.ts';
import type { Turn } from './turn.ts';

/*
 * One rotation, in place.
 *
 *   preflight ──▶ stage ──▶ (approve) ──▶ publish ──▶ sync ──▶ restart ──▶ verify ──▶ finish ──▶ rotated
 *       │           │           │            │          │ budget
 *       │           │           │ time over  │          │ missed
 *       │           │           │            │          ▼
 *       │           │           │            │      emergency ──▶ (restart)
 *       ▼           ▼           ▼            │          │            │          │
 *   unchanged ◀─────┴───────────┘            └──────────┴─────┬──────┴──────────┘
 *       any failure, cancelled or aborted                     ▼ any failure, cancelled or aborted
 *                                      the same steps with the previous credential
 *                                             │                      │
 *                                             ▼                      ▼ that failed too
 *                                        rolled-back           needs-attention (staging Secret kept)
 *
 * With alternating roles the password changes around the restart instead of before it; what fails leads to the same
 * ends:
 *
 *   preflight ──▶ stage ──▶ (approve) ──▶ prepare ──▶ sync ──▶ publish ──▶ restart ──▶ drain ──▶ retire ──▶ sync ──▶ verify ──▶ finish
 *                                            └ the idle role can log in ┘                          └ the other cannot any more ┘
 */

/**
 * The steps of the runbook, in order; `approve` only where it was asked for, `emergency` only when CNPG misses its
 * budget, `prepare`, `drain` and `retire` only with alternating roles, where `sync` comes after the first and the last
 * of them.
 */
export const STEPS = [
  'preflight',
  'stage',
  'approve',
  'prepare',
  'publish',
  'sync',
  'emergency',
  'restart',
  'drain',
  'retire',
  'verify',
  'finish',
] as const;

/** What an adoption does besides: `split` before `stage`, `declare` after it, `withdraw` on the way back and in an undoing. */
export const ADOPTION_STEPS = ['split', 'declare', 'withdraw'] as const;

export type Step = (typeof STEPS)[number] | (typeof ADOPTION_STEPS)[number];

/** Which of the two staged credentials the steps make true: `pending` on the way, `previous` on the way back. */
export type Target = 'pending' | 'previous';

export type Outcome =
  /** The new password is the only one. */
  | 'rotated'
  /** Nothing was changed. */
  | 'unchanged'
  /** The old password is the only one again. */
  | 'rolled-back'
  /** Neither could be proven; both credentials are kept in the staging Secret. */
  | 'needs-attention';

/** What every step needs to know; carries no secret. */
export interface Rotation {
  /** Names the rotation everywhere; a valid Kubernetes label value. */
  readonly id: string;
  /** Only a worker of this cluster may take its steps. */
  readonly kubernetes: KubernetesIdentity;
  readonly component: Component;
  /** Every Secret of the application that holds the password; in place, the one that CNPG reads is the first. */
  readonly secrets: readonly string[];
  /** Where in each of them the password stands, and the user's name where it changes too. */
  readonly places: readonly SecretPlaces[];
  /** Where the previous password is read. */
  readonly passwordAt: PasswordAt;
  readonly workloads: readonly SecretReader[];
  /** Only with alternating roles. */
  readonly turn?: Turn;
  /** The login roles' own Secrets that Flux applies from Git; the others are changed in the cluster. */
  readonly roleSecretsInGit?: readonly string[];
}

export interface StepRecord {
  readonly step: Step;
  readonly target: Target;
  /** The login role that the step is about, where there are two. */
  readonly role?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly seconds?: number;
  readonly budgetSeconds: number;
  readonly outcome: 'running' | 'done' | 'failed';
  /** What was observed, or what the step waits for, in one line. */
  readonly detail?: string;
}

/** Who let the rotation go on, when it was started to wait for that. */
export interface Approval {
  readonly by?: string;
  readonly note?: string;
  readonly at: string;
}

export interface Cause {
  readonly type: FailureType;
  readonly message: string;
}

/** What the rotation did, for a person and for an auditor; the workflow's result and its `progress`. */
export interface RotationReport {
  readonly rotation: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly component: string;
  /** Absent while neither the input nor preflight has said it. */
  readonly strategy?: Strategy;
  readonly source: 'kubernetes' | 'gitops';
  readonly reason?: string;
  /** Who started it, as the starter said; absent where it did not. */
  readonly startedBy?: string;
  readonly approval?: Approval;
  /** Absent while preflight has not resolved the component. */
  readonly where?: Component;
  /** The cluster that it is of; absent as long as `where` is. */
  readonly kubernetes?: KubernetesIdentity;
  readonly secrets: readonly string[];
  /** What the rotation writes and what it leaves alone, and why; absent while preflight has not said it. */
  readonly secretPlan?: SecretPlan;
  readonly workloads: readonly SecretReader[];
  /** Who takes over from whom, with alternating roles. */
  readonly turn?: Turn;
  /** `running` until the end. */
  readonly outcome: Outcome | 'running';
  readonly cause?: Cause;
  /** What was found after a failure, before going back. */
  readonly diagnosis?: readonly Finding[];
  /** What to do next, when something is left to do. */
  readonly advice?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Without the time that it waited for an approval, which is no part of the budget. */
  readonly seconds?: number;
  readonly budgetSeconds: number;
  readonly steps: readonly StepRecord[];
  /** Of the application, by PostgreSQL's own log, from the Secret's change to the last proof; absent where it cannot be read. */
  readonly refusedLogins?: RefusedLogins;
  /** What the role could do before and after; of two roles, what the one could and the other can. */
  readonly roleAttributes?: RoleAttributesSeen;
  readonly warnings: readonly string[];
}

const MAX_LABEL_LENGTH = 63;

/** `litellm-20261124t080102z-1a2b3c`: sortable, readable, unique enough beside the time, and a label value. */
export function rotationId(component: string, startedAt: Date, unique: string): string {
  const time = startedAt
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase();
  const tail = `-${time}-${unique.replaceAll('-', '').slice(0, 6)}`;
  const head = component
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, MAX_LABEL_LENGTH - tail.length);
  return `${head}${tail}`;
}

/**
 * Between staging and an approval others may have put the password somewhere else; what is staged would miss it.
 * @param now where the password stands now.
 * @throws RotationError `SecretChanged`, naming the places that came or went.
 */
export function requireSamePlaces(
  { component, places }: Pick<Rotation, 'component' | 'places'>,
  now: readonly SecretPlaces[],
): void {
  const before = placeNames(places);
  const after = placeNames(now);
  const came = after.filter((name) => !before.includes(name)).map((name) => `${name} holds the password now`);
  const went = before.filter((name) => !after.includes(name)).map((name) => `${name} no longer holds it`);
  if (came.length + went.length === 0) return;
  throw new RotationError(
    'SecretChanged',
    `While the rotation of ${component.name} waited for its approval, the Secrets of namespace ${component.namespace} changed: ${[...came, ...went].join(', ')}. Nothing was changed by the rotation; start it again.`,
  );
}

function placeNames(secrets: readonly SecretPlaces[]): readonly string[] {
  return secrets.flatMap(({ secret, places }) => places.map((place) => `${secret}, ${describePlace(place)},`));
}

import type { AdoptionReport } from '../../src/domain/adopt/index.ts';
import type { BatchReport, ComponentResult } from '../../src/domain/batch/batch.ts';
import type { Strategy } from '../../src/domain/component.ts';
import type { RefusedLogins } from '../../src/domain/proofs/refused-logins.ts';
import type { RotationReport, StepRecord } from '../../src/domain/rotation/report.ts';
import type { Commit } from '../gitops/repository.ts';
import type { Phase } from '../common/progress.ts';
import type { LoginProof } from './logins.ts';
import type { SourceChoice } from './options.ts';
import type { ClusterChoice } from '../open-cluster.ts';

/** What `--report` writes and `--output json` prints; docs/demo.md describes each field. */
export interface DemoReport {
  readonly version: 1;
  readonly cluster: ClusterChoice;
  readonly strategy: Strategy;
  readonly source: SourceChoice;
  readonly outcome: BatchReport['outcome'];
  /** Whether every component was rotated, its new password is accepted and its old one refused. */
  readonly proven: boolean;
  readonly startedAt: string;
  readonly seconds: number;
  readonly phases: readonly Phase[];
  /** With the source gitops: the branch, newest commit first. */
  readonly commits?: readonly Commit[];
  readonly components: readonly ComponentReport[];
}

export interface ComponentReport {
  readonly component: string;
  readonly outcome: ComponentResult['outcome'];
  readonly cause?: RotationReport['cause'];
  readonly logins: LoginProof;
  /** With alternating roles: how the component was given them. */
  readonly adoption?: { readonly seconds: number; readonly refusedLogins?: RefusedLogins };
  readonly rotation?: RotationSummary;
}

/** Of a rotation's own report, what the demo shows. */
export interface RotationSummary {
  readonly id: string;
  readonly strategy: string;
  readonly seconds: number;
  readonly budgetSeconds: number;
  readonly steps: readonly Pick<
    StepRecord,
    'step' | 'role' | 'target' | 'outcome' | 'seconds' | 'budgetSeconds' | 'detail'
  >[];
  readonly refusedLogins?: RefusedLogins;
  readonly warnings: readonly string[];
}

export function componentReport(
  { component, outcome, cause }: ComponentResult,
  logins: LoginProof,
  rotation: RotationReport | undefined,
  adoption: AdoptionReport | undefined,
): ComponentReport {
  return {
    component,
    outcome,
    cause,
    logins,
    ...(adoption !== undefined && { adoption: adoptionSummary(adoption) }),
    ...(rotation !== undefined && { rotation: summary(rotation) }),
  };
}

function adoptionSummary({ seconds = 0, refusedLogins }: AdoptionReport): NonNullable<ComponentReport['adoption']> {
  return { seconds, refusedLogins };
}

function summary({
  rotation,
  strategy,
  seconds = 0,
  budgetSeconds,
  steps,
  refusedLogins,
  warnings,
}: RotationReport): RotationSummary {
  return {
    id: rotation,
    strategy: strategy ?? 'in-place',
    seconds,
    budgetSeconds,
    steps: steps.map(({ step, role, target, outcome, seconds: took = 0, budgetSeconds: budget, detail = '' }) => ({
      step,
      role,
      target,
      outcome,
      seconds: took,
      budgetSeconds: budget,
      detail,
    })),
    refusedLogins,
    warnings,
  };
}

export function isProven(components: readonly ComponentReport[]): boolean {
  return components.every(
    ({ outcome, logins: { newPassword, oldPassword, changed } }) =>
      outcome === 'rotated' && changed && newPassword === 'accepted' && oldPassword !== 'accepted',
  );
}

import { metricMeter } from '@temporalio/workflow';
import type { AdoptionReport } from '../domain/adopt/index.ts';
import type { RotationReport } from '../domain/rotation/report.ts';

/*
 * What a workflow counts when it ends. The worker's endpoint shows the counts beside those of Temporal's SDK, which
 * counts nothing again in a replay. docs/monitoring.md lists the names. No label has a value that grows without end: a
 * component is one of the catalogue.
 */

/** Counts a rotation that has ended. */
export function countRotation(report: RotationReport): void {
  const { component, strategy = '', outcome, seconds = 0, steps, refusedLogins, leftBehind = [] } = report;
  const of = { component, strategy };
  metricMeter
    .createCounter('cnpg_rotator_rotations', undefined, 'Rotations that ended, by outcome.')
    .add(1, { ...of, outcome });
  metricMeter
    .createHistogram('cnpg_rotator_rotation_seconds', 'float', 's', 'How long rotations took, without waiting.')
    .record(seconds, { ...of, outcome });
  for (const { step, target, outcome: end, seconds: took = 0, budgetSeconds } of steps) {
    metricMeter
      .createHistogram('cnpg_rotator_step_seconds', 'float', 's', 'How long a step took.')
      .record(took, { step, target, outcome: end });
    metricMeter
      .createGauge('cnpg_rotator_step_budget_seconds', 'float', 's', 'The documented time of a step.')
      .set(budgetSeconds, { step });
    if (took > budgetSeconds && step !== 'approve' && step !== 'wait')
      metricMeter
        .createCounter('cnpg_rotator_steps_over_budget', undefined, 'Steps that took longer than documented.')
        .add(1, { step, target });
  }
  if (refusedLogins !== undefined) {
    metricMeter
      .createCounter('cnpg_rotator_refused_logins', undefined, 'Logins that PostgreSQL refused in rotations.')
      .add(refusedLogins.count, of);
    metricMeter
      .createHistogram('cnpg_rotator_window_seconds', 'float', 's', 'From the first to the last refused login.')
      .record(refusedLogins.windowSeconds, of);
  }
  metricMeter
    .createGauge('cnpg_rotator_left_behind', 'int', undefined, 'Clients that the last rotation left behind.')
    .set(leftBehind.length, { component });
}

/** Counts an adoption that has ended, or its undoing. */
export function countAdoption({ component, direction, outcome, seconds = 0 }: AdoptionReport): void {
  metricMeter
    .createCounter('cnpg_rotator_adoptions', undefined, 'Adoptions and undoings that ended, by outcome.')
    .add(1, { component, direction, outcome });
  metricMeter
    .createHistogram('cnpg_rotator_adoption_seconds', 'float', 's', 'How long adoptions and undoings took.')
    .record(seconds, { component, direction, outcome });
}

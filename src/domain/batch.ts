import type { Cause, Outcome, RotationReport } from './rotation.ts';

/** How one component of a batch stands. */
export interface BatchEntry {
  readonly component: string;
  readonly workflowId: string;
  /**
   * `not-started`: the batch was stopped before its turn. `cancelled`: the old password is the valid one; whether it had
   * been changed in between stands in the rotation's own report, its query `progress`.
   */
  readonly outcome: Outcome | 'waiting' | 'running' | 'not-started' | 'cancelled';
  readonly rotation?: string;
  readonly seconds?: number;
  readonly cause?: Cause;
  readonly warnings?: readonly string[];
}

/** A report of reports; each component's own report is its workflow's result, or its query `progress`. */
export interface BatchReport {
  readonly workflowId: string;
  readonly runId: string;
  readonly outcome: 'running' | 'rotated' | 'partly' | 'failed';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly seconds?: number;
  readonly components: readonly BatchEntry[];
}

/** What a batch keeps of a component's report: a fleet's whole reports would not fit into one result. */
export function toEntry({
  component,
  workflowId,
  outcome,
  rotation,
  seconds,
  cause,
  warnings,
}: RotationReport): BatchEntry {
  return {
    component,
    workflowId,
    outcome,
    rotation,
    ...(seconds !== undefined && { seconds }),
    ...(cause !== undefined && { cause }),
    ...(warnings.length > 0 && { warnings }),
  };
}

export function batchOutcome(entries: readonly BatchEntry[]): 'rotated' | 'partly' | 'failed' {
  const rotated = entries.filter(({ outcome }) => outcome === 'rotated').length;
  if (rotated === entries.length) return 'rotated';
  return rotated === 0 ? 'failed' : 'partly';
}

/** The batch as a Markdown table, for the Web UI. */
export function batchMarkdown({ outcome, components }: BatchReport): string {
  const rows = components.map(
    ({ component, outcome: its, seconds, cause }) =>
      `| ${component} | ${its} | ${seconds === undefined ? '' : `${seconds.toFixed(1)} s`} | ${(cause?.message ?? '').replaceAll('|', '\\|')} |`,
  );
  return [
    `**batch**: ${outcome}`,
    ['| component | outcome | time | cause |', '|---|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

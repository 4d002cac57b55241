import type { FinishResult } from '../activities/types.ts';
import type { StagingFound } from '../domain/rotation/advice.ts';
import type { Outcome } from '../domain/rotation/report.ts';

/** What the end of a rotation found of its staging Secret; an earlier version has told nothing. */
export function stagingOf(result: FinishResult | undefined | null, outcome: Outcome): StagingFound {
  return result?.staging ?? (outcome === 'needs-attention' ? 'kept' : 'removed');
}

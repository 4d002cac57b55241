import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { AdoptionReport } from '../domain/adopt/index.ts';
import type { BatchReport } from '../domain/batch/batch.ts';
import type { AbortInput, ApproveInput } from '../domain/rotation/interventions.ts';
import type { RotationReport } from '../domain/rotation/report.ts';

/** Query `progress`: the report so far. */
export const progressQuery = defineQuery<RotationReport>('progress');

/** Query `progress` of a batch. */
export const batchProgressQuery = defineQuery<BatchReport>('progress');

/** Update `approve`: lets a waiting rotation go on; `NotWaiting` when none waits. Answers what happens now. */
export const approveUpdate = defineUpdate<string, [ApproveInput?]>('approve');

/**
 * Update `abort`: ends and undoes a rotation, or ends a way back that is tried again. `NotWaiting` while the rotation
 * goes back or ends. Answers what happens now.
 */
export const abortUpdate = defineUpdate<string, [AbortInput?]>('abort');

/** Query `progress` of an adoption. */
export const adoptionProgressQuery = defineQuery<AdoptionReport>('progress');

import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { AdoptionReport } from '../domain/adopt/index.ts';
import type { BatchReport } from '../domain/batch/batch.ts';
import type { AbortInput, ApproveInput } from '../domain/rotation/interventions.ts';
import type { RotationReport } from '../domain/rotation/report.ts';

/** Query `progress`: the report as far as it is written. */
export const progressQuery = defineQuery<RotationReport>('progress');

/** Query `progress` of a batch. */
export const batchProgressQuery = defineQuery<BatchReport>('progress');

/** Update `approve`: lets a rotation that waits for it go on. Refused with `NotWaiting` when none does. Answers what happens now. */
export const approveUpdate = defineUpdate<string, [ApproveInput?]>('approve');

/** Update `abort`: ends a rotation, and undoes what it did. Refused with `NotWaiting` once it goes back or ends. Answers what happens now. */
export const abortUpdate = defineUpdate<string, [AbortInput?]>('abort');

/** Query `progress` of an adoption. */
export const adoptionProgressQuery = defineQuery<AdoptionReport>('progress');

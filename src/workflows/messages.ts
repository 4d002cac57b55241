import { defineQuery } from '@temporalio/workflow';
import type { BatchReport } from '../domain/batch.ts';
import type { RotationReport } from '../domain/rotation.ts';

/** Query `progress`: the report as far as it is written. */
export const progressQuery = defineQuery<RotationReport>('progress');

/** Query `progress` of a batch. */
export const batchProgressQuery = defineQuery<BatchReport>('progress');

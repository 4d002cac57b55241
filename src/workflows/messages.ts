import { defineQuery } from '@temporalio/workflow';
import type { RotationReport } from '../domain/rotation.ts';

/** Query `progress`: the report as far as it is written. */
export const progressQuery = defineQuery<RotationReport>('progress');

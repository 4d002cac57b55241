import { ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';
import type { RotationReport } from '../domain/rotation.ts';

/** The report in the details of a child rotation's failure. */
export function reportOf(error: unknown): RotationReport | undefined {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : undefined;
  const [report] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
  return typeof report === 'object' && report !== null && 'rotation' in report ? (report as RotationReport) : undefined;
}

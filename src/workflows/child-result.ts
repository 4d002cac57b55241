import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApplicationFailure, ChildWorkflowFailure, TerminatedFailure } from '@temporalio/workflow';
import { endedWithoutReport, resultOf, type ComponentResult } from '../domain/batch/batch.ts';
import type { Cause } from '../domain/failures.ts';
import { isRotationReport } from '../domain/rotation/report.ts';
import { rotationRunsAlready } from '../domain/rotation/workflow-ids.ts';
import { toCause } from './cause.ts';

/* How a batch reads a child workflow `rotatePassword` that did not return its report. */

export function whyNotStarted(component: string, error: unknown): Cause {
  if (!(error instanceof WorkflowExecutionAlreadyStartedError)) return toCause(error);
  return { type: 'AnotherRotation', message: rotationRunsAlready(component) };
}

/** A failed rotation has its report in the details of its failure. */
export function resultOfFailed(component: string, error: unknown): ComponentResult {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isRotationReport(cause.details?.[0])) return resultOf(cause.details[0]);
  return endedWithoutReport(component, cause instanceof TerminatedFailure ? 'was terminated' : 'ended');
}

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApplicationFailure, ChildWorkflowFailure, TerminatedFailure } from '@temporalio/workflow';
import { lost, resultOf, type ComponentResult } from '../domain/batch/batch.ts';
import type { RotationReport } from '../domain/rotation/report.ts';
import type { Cause } from '../domain/failures.ts';
import { rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { toCause } from './cause.ts';

/* What a batch makes of a child workflow `rotatePassword` that did not return its report. */

export function whyNotStarted(component: string, error: unknown): Cause {
  if (!(error instanceof WorkflowExecutionAlreadyStartedError)) return toCause(error);
  const workflowId = rotationWorkflowId(component);
  return {
    type: 'AnotherRotation',
    message: `A rotation of ${component} is running already (workflow ${workflowId}). Follow it with "cnpg-rotate follow ${component}".`,
  };
}

/** The report stands in the details of the failure that the rotation ended with. */
export function resultOfFailed(component: string, error: unknown): ComponentResult {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isReport(cause.details?.[0])) return resultOf(cause.details[0]);
  return lost(component, cause instanceof TerminatedFailure ? 'was terminated' : 'ended');
}

function isReport(value: unknown): value is RotationReport {
  return typeof value === 'object' && value !== null && 'rotation' in value && 'steps' in value;
}

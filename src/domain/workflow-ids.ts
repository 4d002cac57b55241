/** The Workflow Id of a component's rotation, for our client and a batch alike: one at a time. */
export function rotationWorkflowId(component: string): string {
  return `rotate-${component}`;
}

/** The Workflow Id of the batch that our client starts. */
export const BATCH_WORKFLOW_ID = 'rotate-batch';

/** The Workflow Id of a component's rotation. Our client and a batch use it, so only one rotation runs at a time. */
export function rotationWorkflowId(component: string): string {
  return `rotate-${component}`;
}

/** Why a second rotation of a component does not start. */
export function rotationRunsAlready(component: string): string {
  return `A rotation of ${component} is running already (workflow ${rotationWorkflowId(component)}). Follow it with "cnpg-rotate follow ${component}".`;
}

/** The arguments that name a rotation in a command: the component, and the Workflow Id if it is not the default. */
export function rotationArguments(component: string, workflowId: string): string {
  return workflowId === rotationWorkflowId(component) ? component : `${component} --workflow-id ${workflowId}`;
}

/** The Workflow Id of our client's batch, so only one batch runs at a time. */
export const BATCH_WORKFLOW_ID = 'rotate-batch';

/** The Workflow Id of one check of components. Any number of checks may run at once. */
export function checkWorkflowId(unique: string): string {
  return `check-${unique}`;
}

/** The Workflow Id of one look at the states of components. Any number may run at once. */
export function statusWorkflowId(unique: string): string {
  return `status-${unique}`;
}

/** The Workflow Id of a component's adoption and of its undoing: only one of them runs at a time. */
export function adoptionWorkflowId(component: string): string {
  return `adopt-${component}`;
}

/** The Workflow Id of a component's rotation: one at a time, whoever starts it by our client or a batch. */
export function rotationWorkflowId(component: string): string {
  return `rotate-${component}`;
}

/** Why a second rotation of a component does not start. */
export function rotationRunsAlready(component: string): string {
  return `A rotation of ${component} is running already (workflow ${rotationWorkflowId(component)}). Follow it with "cnpg-rotate follow ${component}".`;
}

/** The arguments by which a command names a rotation: its component, and its Workflow Id where that is one of its own. */
export function rotationArguments(component: string, workflowId: string): string {
  return workflowId === rotationWorkflowId(component) ? component : `${component} --workflow-id ${workflowId}`;
}

/** The Workflow Id of the batch that our client starts: one at a time. */
export const BATCH_WORKFLOW_ID = 'rotate-batch';

/** The Workflow Id of one look at components; any number of them may be made at once. */
export function checkWorkflowId(unique: string): string {
  return `check-${unique}`;
}

/** The Workflow Id of a component's adoption, and of its undoing: one of them at a time. */
export function adoptionWorkflowId(component: string): string {
  return `adopt-${component}`;
}

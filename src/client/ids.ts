/** The Workflow Id of a component's rotation: one at a time, whoever starts it by our client. */
export function rotationWorkflowId(component: string): string {
  return `rotate-${component}`;
}

import type { Client } from '@temporalio/client';

/** The next starts by Temporal's schedules. */
export interface NextStarts {
  /** ISO 8601; absent where no schedule rotates the component. */
  of(component: string): string | undefined;
}

/** Schedules whose action starts a rotation of one component, or a batch. */
export async function nextStarts(client: Client): Promise<NextStarts> {
  const starts: { readonly components: readonly string[] | 'all'; readonly at: number }[] = [];
  for await (const { scheduleId, action, state } of client.schedule.list()) {
    if (action?.type !== 'startWorkflow' || state.paused) continue;
    if (action.workflowType !== 'rotatePassword' && action.workflowType !== 'rotateBatch') continue;
    const { action: whole, info } = await client.schedule.getHandle(scheduleId).describe();
    const at = info.nextActionTimes[0]?.getTime();
    if (at === undefined) continue;
    const [input] = (whole.args ?? []) as readonly unknown[];
    const { component, components } = (input ?? {}) as { component?: unknown; components?: unknown };
    if (action.workflowType === 'rotateBatch')
      starts.push({ at, components: Array.isArray(components) ? components.map(String) : 'all' });
    else if (typeof component === 'string') starts.push({ at, components: [component] });
  }
  return {
    of: (component) => {
      const own = starts.filter(({ components }) => components === 'all' || components.includes(component));
      return own.length === 0 ? undefined : new Date(Math.min(...own.map(({ at }) => at))).toISOString();
    },
  };
}

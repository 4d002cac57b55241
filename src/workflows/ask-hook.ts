import { proxyActivities } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/types/index.ts';
import { activityOptions } from '../domain/budgets.ts';
import type { HookAction } from '../domain/hook.ts';
import { refOf, type Rotation } from '../domain/rotation/rotation.ts';
import type { Logbook } from './logbook.ts';

/**
 * Asks the site's hook before anything is written. The component says whether there is one: in the histories of earlier
 * versions no component does.
 * @throws the failure `HookRefused` or `HookUnanswered`.
 */
export async function askHook(logbook: Logbook, rotation: Rotation, action: HookAction): Promise<void> {
  const { hook: asked } = rotation.component;
  if (asked === undefined) return;
  const { hook } = proxyActivities<RotationActivities>(activityOptions('hook', asked.seconds));
  const { passwordAt } = rotation;
  const ask = () => hook({ rotation: refOf(rotation), action, passwordAt });
  const special = { budgetSeconds: asked.seconds, detail: `asks the ${asked.label}` };
  await logbook.step('hook', 'pending', ask, () => `the ${asked.label} allowed it`, special);
}

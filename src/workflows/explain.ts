import { isCancellation, proxyActivities } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/types.ts';
import { DIAGNOSIS_OPTIONS } from '../domain/budgets.ts';
import { causeAmong, describeFinding } from '../domain/preflight/index.ts';
import type { Cause, Rotation } from '../domain/rotation.ts';
import { toCause } from './cause.ts';
import type { Logbook } from './logbook.ts';

const { diagnose } = proxyActivities<RotationActivities>(DIAGNOSIS_OPTIONS);

/**
 * Why a rotation failed after it had begun to write: what a diagnosis of the world as it stands finds, then what the
 * step said. A diagnosis that fails itself changes nothing.
 */
export async function explain(logbook: Logbook, { component }: Rotation, error: unknown): Promise<Cause> {
  const said = toCause(error);
  if (isCancellation(error)) return said;
  try {
    const { findings } = await diagnose({ component: component.name, strategy: component.strategy });
    logbook.diagnosed(findings);
    const found = causeAmong(findings);
    return found === undefined ? said : { type: said.type, message: `${describeFinding(found)} ${said.message}` };
  } catch {
    return said;
  }
}

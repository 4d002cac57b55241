import { isCancellation, proxyActivities } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/types.ts';
import { DIAGNOSIS_OPTIONS } from '../domain/budgets.ts';
import { causeAmong } from '../domain/preflight/index.ts';
import { describeFinding } from '../domain/finding.ts';
import type { Rotation } from '../domain/rotation/rotation.ts';
import type { Cause } from '../domain/failures.ts';
import { toCause } from './cause.ts';
import type { Logbook } from './logbook.ts';

const { diagnose } = proxyActivities<RotationActivities>(DIAGNOSIS_OPTIONS);

/**
 * Why a rotation failed after it had begun to write: what a diagnosis of the world as it stands finds, then what the
 * step said. A diagnosis that fails itself changes nothing.
 */
export async function explain(logbook: Logbook, { kubernetes, component }: Rotation, error: unknown): Promise<Cause> {
  const said = toCause(error);
  // What a person has stopped has no other cause, and they wait for the way back.
  if (isCancellation(error) || said.type === 'Aborted') return said;
  try {
    const { name, strategy } = component;
    const { findings, ownAddresses } = await diagnose({ component: name, strategy, kubernetes });
    // Its logins stand in PostgreSQL's log, and are nobody's of the application.
    logbook.loggedInFrom(ownAddresses);
    logbook.diagnosed(findings);
    const found = causeAmong(findings);
    return found === undefined ? said : { type: said.type, message: `${describeFinding(found)} ${said.message}` };
  } catch {
    return said;
  }
}

import { isCancellation, proxyActivities } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/types/index.ts';
import { DIAGNOSIS_OPTIONS } from '../domain/budgets.ts';
import { causeAmong } from '../domain/preflight/index.ts';
import { describeFinding } from '../domain/finding.ts';
import type { Rotation } from '../domain/rotation/rotation.ts';
import type { Cause } from '../domain/failures.ts';
import { toCause } from './cause.ts';
import type { Logbook } from './logbook.ts';

const { diagnose } = proxyActivities<RotationActivities>(DIAGNOSIS_OPTIONS);

/**
 * Why a rotation failed after it began to write: first the findings of a diagnosis of the present state, then the
 * step's own message. Where the diagnosis fails too, the step's message stays alone.
 */
export async function explain(
  logbook: Logbook,
  { id, kubernetes, component }: Rotation,
  error: unknown,
): Promise<Cause> {
  const said = toCause(error);
  // If a person stopped the rotation, there is no other cause. The person waits for the way back.
  if (isCancellation(error) || said.type === 'Aborted') return said;
  try {
    const { name, strategy } = component;
    const { findings, ownAddresses } = await diagnose({ component: name, strategy, kubernetes, rotation: id });
    // The diagnosis logs in. PostgreSQL's log has these logins, which are not the application's.
    logbook.loggedInFrom(ownAddresses);
    logbook.diagnosed(findings);
    const found = causeAmong(findings);
    return found === undefined ? said : { type: said.type, message: `${describeFinding(found)} ${said.message}` };
  } catch {
    return said;
  }
}

import { LOGIN_AGAIN_MS } from '../../domain/budgets.ts';
import { objectName, readWriteService } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Dependencies } from '../dependencies.ts';
import { requireTarget } from '../staging/live-secrets.ts';
import { lookBack } from '../proof/look-back.ts';
import { proveLogin } from '../proof/prove-login.ts';
import { readStaging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { VerifyInput, VerifyResult } from '../types.ts';

/** Running it twice is safe: it logs in and reads; old sessions can be ended twice. */
export async function verify(deps: Dependencies, input: VerifyInput, clock: StepClock): Promise<VerifyResult> {
  const { rotation } = input;
  const { target, secrets, logins } = input.end;
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  // If somebody changed a Secret during the restart, this error says more than a refused login would.
  await requireTarget(deps, rotation, staging, target, secrets);
  // The past is read while the proof is made. Old sessions are ended only after the proof.
  let seen = input.endOldSessions ? undefined : lookBack(deps, input, staging);
  // The later `await` handles this error. A failed proof is thrown first.
  seen?.catch(() => undefined);
  const proof = await until(deps, {
    clock,
    watched: [],
    look: async () => {
      const login = await proveLogin(deps, rotation, staging, logins);
      if (login.proven) return { done: true, result: login };
      // The look back came too early.
      seen = undefined;
      return { done: false, missing: login, lookAgainMs: LOGIN_AGAIN_MS };
    },
  });
  if (!proof.done) {
    const { type, because } = proof.missing;
    const service = objectName('Service', component.namespace, readWriteService(component));
    throw new RotationError(type, `Through ${service}, as role "${logins.accepted.role}": ${because}.`);
  }
  const { refusedWith, serverVersion, roleAttributes } = proof.result;
  const back = await (seen ?? lookBack(deps, input, staging));
  return { refusedWith, serverVersion, roleAttributes, ...back };
}

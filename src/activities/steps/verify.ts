import { LOGIN_AGAIN_MS } from '../../domain/budgets.ts';
import { objectName, readWriteService } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { roleOf } from '../../domain/rotation/turn.ts';
import type { Dependencies } from '../dependencies.ts';
import { requireTarget } from '../staging/live-secrets.ts';
import { lookBack } from '../proof/look-back.ts';
import { proveLogin } from '../proof/prove-login.ts';
import { readStaging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { VerifyInput, VerifyResult } from '../types.ts';

/** Running it twice is safe: it logs in and reads; old sessions can be ended twice. */
export async function verify(deps: Dependencies, input: VerifyInput, clock: StepClock): Promise<VerifyResult> {
  const { rotation, target } = input;
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  // A Secret that somebody changed during the restart says better than a refused login what happened.
  await requireTarget(deps, rotation, staging, target, rotation.secrets);
  // What is past is read while the proof is made; old sessions are ended only after it.
  let seen = input.endOldSessions ? undefined : lookBack(deps, input, staging);
  // Heard where it is awaited: a proof that fails comes first.
  seen?.catch(() => undefined);
  for (;;) {
    const proof = await proveLogin(deps, rotation, staging, { target, part: 'application' });
    if (proof.proven) {
      const { refusedWith, serverVersion, roleAttributes } = proof;
      return {
        refusedWith,
        serverVersion,
        roleAttributes,
        ...(await (seen ?? lookBack(deps, input, staging))),
      };
    }
    if (deps.now().getTime() >= clock.deadline) {
      const service = objectName('Service', component.namespace, readWriteService(component));
      throw new RotationError(
        proof.type,
        `Through ${service}, as role "${roleOf(rotation, target)}": ${proof.because}.`,
      );
    }
    // It was too early to look.
    seen = undefined;
    await new Promise((resolve) => setTimeout(resolve, LOGIN_AGAIN_MS));
    clock.signal.throwIfAborted();
  }
}

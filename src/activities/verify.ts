import { LOGIN_AGAIN_MS } from '../domain/budgets.ts';
import { objectName, readWriteService } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { Dependencies } from './dependencies.ts';
import { proveLogin } from './prove-login.ts';
import { credentialOf, otherTarget, readStaging } from './staging.ts';
import type { StepClock } from './step-clock.ts';
import type { StepInput, VerifyResult } from './types.ts';

/** Running it twice is safe: it only logs in. */
export async function verify(
  deps: Dependencies,
  { rotation, target }: StepInput,
  clock: StepClock,
): Promise<VerifyResult> {
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  const logins = {
    accept: credentialOf(component, staging, target),
    refuse: credentialOf(component, staging, otherTarget(target)),
  };
  for (;;) {
    const proof = await proveLogin(deps, component, logins);
    if (proof.proven) return { accepted: target, refusedWith: proof.refusedWith, serverVersion: proof.serverVersion };
    if (deps.now().getTime() >= clock.deadline) {
      const service = objectName('Service', component.namespace, readWriteService(component));
      throw new RotationError(proof.type, `Through ${service}, as role "${component.role}": ${proof.because}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOGIN_AGAIN_MS));
    clock.signal.throwIfAborted();
  }
}

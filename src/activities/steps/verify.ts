import { LOGIN_AGAIN_MS } from '../../domain/budgets.ts';
import { objectName, readWriteService } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Dependencies } from '../dependencies.ts';
import { requireTarget } from '../staging/live-secrets.ts';
import { lookAtOwnership } from '../proof/look-at-ownership.ts';
import { lookBack } from '../proof/look-back.ts';
import { proveOnPrimary, toLost } from '../proof/password-lost.ts';
import { provePoolers, toError } from '../proof/prove-poolers.ts';
import { refusedSecret, trySecrets, type SecretsTried } from '../proof/prove-secrets.ts';
import { credentialOf, readStaging, type Staging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { PasswordLost, VerifyInput, VerifyResult } from '../types/index.ts';

/** Running it twice is safe: it logs in and reads; old sessions can be ended twice. */
export async function verify(
  deps: Dependencies,
  input: VerifyInput,
  clock: StepClock,
): Promise<VerifyResult | PasswordLost> {
  const { rotation } = input;
  const { target, secrets, logins } = input.end;
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  // If somebody changed a Secret during the restart, this error says more than a refused login would.
  await requireTarget(deps, rotation, staging, target, secrets);
  const proof = await until(deps, {
    clock,
    watched: [],
    look: async () => {
      const askedAt = deps.now().getTime();
      const login = await proveOnPrimary(deps, rotation, staging, logins);
      const answeredAt = deps.now().getTime();
      // The server told its time between our question and its answer.
      if (login.proven) return { done: true, result: { login, local: (askedAt + answeredAt) / 2 } };
      return { done: false, missing: login, lookAgainMs: LOGIN_AGAIN_MS };
    },
  });
  if (!proof.done) {
    const lost = toLost(proof.missing, input.proven);
    if (lost !== undefined) return lost;
    const { type, because } = proof.missing;
    const service = objectName('Service', component.namespace, readWriteService(component));
    throw new RotationError(type, `Through ${service}, as role "${logins.accepted.role}": ${because}.`);
  }
  const { login, local } = proof.result;
  const { refusedWith, serverVersion, roleAttributes, serverTime: provenAt } = login;
  const proven = { at: Date.parse(provenAt), aheadMs: Math.round(Date.parse(provenAt) - local) };
  const through = await provePoolers(deps, rotation, staging, logins, clock);
  if ('unproven' in through && target === 'pending') throw toError(through.unproven);
  const bySecrets = await proveSecrets(deps, input, staging);
  const [back, owned] = await Promise.all([
    lookBack(deps, input, staging, proven),
    lookAtOwnership(deps, input, staging),
  ]);
  const warnings = [...bySecrets.warnings, ...back.warnings, ...owned];
  const tried = bySecrets.tried.map(({ secret, logins: made }) => `${secret} (${made} login${made === 1 ? '' : 's'})`);
  const result = {
    refusedWith,
    serverVersion,
    roleAttributes,
    provenAt,
    aheadMs: proven.aheadMs,
    ...(tried.length > 0 && { secrets: tried }),
    ...back,
    warnings,
  };
  if ('unproven' in through) return { ...result, warnings: [...warnings, through.unproven.message] };
  return { ...result, ...(through.proven.length > 0 && { poolers: through.proven }) };
}

/**
 * Makes the logins of the application's Secrets once more, at the end of a turn: now the other role is locked out. Only
 * logins of the role that took over must work; `drain` has judged the others while both roles could log in.
 * @throws RotationError `NewPasswordRefused`. On the way back nothing is thrown: a Secret is as it was before.
 */
async function proveSecrets(
  deps: Dependencies,
  { rotation, end: { target, secrets, logins } }: VerifyInput,
  staging: Staging,
): Promise<Pick<SecretsTried, 'tried'> & { readonly warnings: readonly string[] }> {
  if (logins.actsAs === undefined) return { tried: [], warnings: [] };
  const { username: role, password } = credentialOf(staging, logins.accepted);
  const { tried, refused, noDatabase } = await trySecrets(deps, rotation, secrets, { role, password });
  const own = refused.filter(({ login }) => login.username === role);
  const said = own.map((one) => refusedSecret(rotation.component, one));
  if (said[0] !== undefined && target === 'pending') throw new RotationError('NewPasswordRefused', said.join(' '));
  return { tried, warnings: [...said, ...noDatabase] };
}

import { log } from '@temporalio/activity';
import { settledPrimary, whyNeverApplied } from '../../domain/cluster.ts';
import { objectName } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { Password } from '../../domain/password.ts';
import { redactCluster } from '../../domain/text/redact-cluster.ts';
import { redact } from '../../domain/text/redact.ts';
import { trimmedText } from '../../domain/secrets/secret-data.ts';
import { ALTERED, alterRoleScript, CLOCK_SCRIPT, clockIn } from '../../postgres/alter-role.ts';
import { isVerifier } from '../../domain/secret-plan/index.ts';
import { firstComplaint } from '../../postgres/psql.ts';
import { scramVerifier } from '../../postgres/scram.ts';
import type { Dependencies } from '../dependencies.ts';
import { requireTarget } from '../staging/live-secrets.ts';
import { proveLogin } from '../proof/prove-login.ts';
import { poolersFollow } from '../proof/prove-poolers.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { passwordsIn, readStaging, stagedSide } from '../staging/staging.ts';
import type { EmergencyResult, PasswordChangeInput } from '../types/index.ts';

/**
 * The Secret holds the password already, so CNPG sets the same password when it comes back. Nothing is altered where
 * PostgreSQL has the password already. This is so on the way back from a password that CNPG never applied.
 * Running it twice is safe: the second run finds the password proven.
 */
export async function emergencyAlterUser(
  deps: Dependencies,
  { rotation, change }: PasswordChangeInput,
  clock: StepClock,
): Promise<EmergencyResult> {
  const { component } = rotation;
  const { namespace } = component;
  const { target, proof: logins } = change;
  const { role, secret } = change.login;
  const clusterName = objectName('Cluster', namespace, component.cluster);
  const staging = await readStaging(deps, rotation);
  // CNPG would revert a password that is not in the Secret.
  await requireTarget(deps, rotation, staging, target, change.secrets);
  const cluster = await deps.clusters.find(namespace, component.cluster);
  const primary = cluster && settledPrimary(cluster);
  if (cluster === undefined || primary === undefined) {
    throw new RotationError(
      'EmergencyFailed',
      `${clusterName} has no settled primary on which to run the emergency ALTER USER.`,
    );
  }
  const never = whyNeverApplied(cluster, change.login);
  // The way back goes on: it brings back what the Cluster may say by now.
  if (never !== undefined && target === 'pending') {
    throw new RotationError(
      'RoleUndeclared',
      `${never}: ${clusterName} was changed during the rotation, most often because its source (Git, Helm, a script) was applied again. An ALTER USER would set a password that CNPG does not keep. Make that source leave the Cluster alone until the end, then start again.`,
    );
  }
  const toResult = async (altered: boolean, appliedAt: string): Promise<EmergencyResult> => {
    await poolersFollow(deps, { rotation, change }, staging, clock);
    // This is reported and fails nothing: the password is proven by then.
    const now = await deps.clusters.find(namespace, component.cluster).catch(() => undefined);
    const said = now && redactCluster(now, passwordsIn(staging)).cannotReconcile[role];
    const cannotReconcile = said?.length === 0 ? undefined : said;
    return { primary, appliedAt, altered, ownAddresses: [...deps.ownAddresses()], cannotReconcile };
  };
  const already = await proveLogin(deps, rotation, staging, logins);
  if (already.proven) return toResult(false, already.serverTime);
  log.warn('emergency ALTER USER', { role, primary });
  // Where the Secret holds a verifier, PostgreSQL gets this verifier: CNPG would set it anyway.
  const text = trimmedText(stagedSide(staging, secret, target), 'password');
  const verifier = isVerifier(text) ? text : scramVerifier(Password.of(text));
  const failed = ({ stderr }: { readonly stderr: string }) =>
    new RotationError(
      'EmergencyFailed',
      `The emergency ALTER USER of role "${role}" on ${objectName('Pod', namespace, primary)} failed: ${redact(firstComplaint(stderr), passwordsIn(staging))}`,
    );
  const looked = await deps.psql(component, primary, CLOCK_SCRIPT);
  const serverClock = clockIn(looked.stdout);
  if (serverClock === undefined) throw failed(looked);
  const result = await deps.psql(component, primary, alterRoleScript(role, verifier, serverClock));
  if (!result.succeeded || !result.stdout.includes(ALTERED)) throw failed(result);
  const proof = await proveLogin(deps, rotation, staging, logins);
  if (!proof.proven)
    throw new RotationError('EmergencyFailed', `After the emergency ALTER USER of role "${role}": ${proof.because}.`);
  return toResult(true, proof.serverTime);
}

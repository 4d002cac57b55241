import { log } from '@temporalio/activity';
import { objectName } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { ALTERED, alterRoleScript } from '../postgres/alter-role.ts';
import { scramVerifier } from '../postgres/scram.ts';
import type { Dependencies } from './dependencies.ts';
import { requireTarget } from './live-secrets.ts';
import { proveLogin } from './prove-login.ts';
import { credentialOf, otherTarget, readStaging } from './staging.ts';
import type { EmergencyResult, StepInput } from './types.ts';

/**
 * The Secret holds the password already, so CNPG settles on the same one when it comes back.
 * Running it twice is safe: it sets the same password again.
 */
export async function emergencyAlterUser(
  deps: Dependencies,
  { rotation, target }: StepInput,
): Promise<EmergencyResult> {
  const { component } = rotation;
  const { namespace, role } = component;
  const clusterName = objectName('Cluster', namespace, component.cluster);
  const staging = await readStaging(deps, rotation);
  // A password that is not in the Secret would be reverted by CNPG.
  await requireTarget(deps, rotation, staging, target);
  const cluster = await deps.clusters.find(namespace, component.cluster);
  const primary = cluster?.currentPrimary;
  if (primary === undefined || primary !== cluster?.targetPrimary) {
    throw new RotationError(
      'EmergencyFailed',
      `${clusterName} has no settled primary on which to run the emergency ALTER USER.`,
    );
  }
  const accept = credentialOf(component, staging, target);
  const refuse = credentialOf(component, staging, otherTarget(target));
  log.warn('emergency ALTER USER', { role, primary });
  const result = await deps.psql(component, primary, alterRoleScript(role, scramVerifier(accept.password)));
  if (!result.succeeded || !result.stdout.includes(ALTERED)) {
    throw new RotationError(
      'EmergencyFailed',
      `The emergency ALTER USER of role "${role}" on ${objectName('Pod', namespace, primary)} failed: ${firstError(result.stderr)}`,
    );
  }
  const proof = await proveLogin(deps, component, { accept, refuse });
  if (!proof.proven)
    throw new RotationError('EmergencyFailed', `After the emergency ALTER USER of role "${role}": ${proof.because}.`);
  return { primary, appliedAt: proof.serverTime };
}

/** psql's first complaint; it runs with terse messages, which quote no SQL, and a verifier is cut out all the same. */
function firstError(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? 'psql said nothing';
  return line.replace(/SCRAM-SHA-256\$\S+/g, '[verifier]');
}

import { objectName } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { holds } from '../domain/secret-data.ts';
import type { LiveSecret } from '../kubernetes/secrets.ts';
import type { Dependencies } from './dependencies.ts';
import { otherTarget, readStaging, type Staging } from './staging.ts';
import type { PublishResult, StepInput } from './types.ts';

const LAST_CHANGE = 'cnpg-rotator.io/last-change';
/** When a rotation last changed the Secret. */
export const LAST_CHANGE_AT = 'cnpg-rotator.io/last-change-at';

/**
 * Running it twice is safe: a Secret that holds the target's values already is left as it is, and on the way back one
 * that this rotation never wrote is left alone, whatever it holds.
 */
export async function publish(deps: Dependencies, { rotation, target }: StepInput): Promise<PublishResult> {
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  const wanted = staging.data[target];
  const live = await deps.secrets.find(component.namespace, component.secret);
  const changedKeys = Object.keys(wanted).sort();
  if (live !== undefined && target === 'previous' && !writtenBy(rotation.id, live)) {
    return { touched: false, resourceVersion: live.resourceVersion, changedKeys: [] };
  }
  if (live !== undefined && holds(live.data, wanted)) {
    return { touched: true, resourceVersion: live.resourceVersion, changedKeys };
  }
  if (live === undefined || !holds(live.data, staging.data[otherTarget(target)])) {
    throw changedByAnother(live, staging, component.namespace, component.secret);
  }
  const changed = await deps.secrets.change(component.namespace, component.secret, {
    data: wanted,
    // In the same write: a later change of the metadata alone would make CNPG apply the password again.
    annotations: { [LAST_CHANGE]: `${rotation.id}.${target}`, [LAST_CHANGE_AT]: deps.now().toISOString() },
    resourceVersion: live.resourceVersion,
  });
  if (changed !== undefined) return { touched: true, resourceVersion: changed.resourceVersion, changedKeys };
  // Somebody wrote between our read and our write; the retry looks whether that concerns us.
  throw new RotationError(
    'KubernetesUnavailable',
    `${objectName('Secret', component.namespace, component.secret)} changed while it was being written.`,
  );
}

function writtenBy(rotationId: string, live: LiveSecret): boolean {
  return live.annotations[LAST_CHANGE]?.startsWith(`${rotationId}.`) === true;
}

function changedByAnother(
  live: LiveSecret | undefined,
  staging: Staging,
  namespace: string,
  name: string,
): RotationError {
  const what =
    live === undefined ? 'was deleted' : `was changed by somebody else (now version ${live.resourceVersion})`;
  return new RotationError(
    'SecretChanged',
    `${objectName('Secret', namespace, name)} ${what} since rotation ${staging.rotationId} staged it, so it was left alone. ` +
      `Both credentials of the rotation are in Secret ${staging.secret.name}.`,
  );
}

import { secretAt, secretObject } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { otherTarget, type Target } from '../../domain/steps.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import { holds } from '../../domain/secrets/secret-data.ts';
import type { LiveSecret, Secrets } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StagedSecret, Staging } from './staging.ts';

/** A Secret of the rotation: its staged values and its live values. */
export interface StagedAndLive {
  readonly staged: StagedSecret;
  readonly live: LiveSecret | undefined;
}

export function readLiveSecrets(
  deps: { readonly secrets: Pick<Secrets, 'find'> },
  { component }: Pick<RotationRef, 'component'>,
  { secrets }: Staging,
  names: readonly string[],
): Promise<StagedAndLive[]> {
  return Promise.all(
    secrets
      .filter(({ name }) => names.includes(name))
      .map(async (staged) => {
        const { namespace, name } = secretAt(component, staged.name);
        return { staged, live: await deps.secrets.find(namespace, name) };
      }),
  );
}

/**
 * Reads the live Secrets of these names. Every Secret must hold the target's values.
 * @throws RotationError `SecretChanged`, which names the Secret that holds other values, and who changed it.
 */
export async function requireTarget(
  deps: Dependencies,
  rotation: RotationRef,
  staging: Staging,
  target: Target,
  names: readonly string[],
): Promise<readonly { readonly secret: string; readonly live: LiveSecret }[]> {
  const secrets = await readLiveSecrets(deps, rotation, staging, names);
  return secrets.map(({ staged: { name: secret, data }, live }) => {
    if (live !== undefined && holds(live.data, data[target])) return { secret, live };
    throw changedByAnother(rotation, staging, secret, live);
  });
}

/** Whether every live Secret holds the target's values. */
export function allHold(secrets: readonly StagedAndLive[], target: Target): boolean {
  return secrets.every(({ staged, live }) => live !== undefined && holds(live.data, staged.data[target]));
}

/** The Secrets that do not hold the target's side yet, for messages. */
export function lacking(secrets: readonly StagedAndLive[], target: Target): readonly string[] {
  return secrets
    .filter(({ staged, live }) => live === undefined || !holds(live.data, staged.data[target]))
    .map(({ staged, live }) =>
      live !== undefined && !holds(live.data, staged.data[otherTarget(target)])
        ? `${staged.name} (which holds neither side)`
        : staged.name,
    );
}

/** Who changed a Secret, and when, as far as the API server knows. */
export function changedByAnother(
  rotation: RotationRef,
  staging: Staging,
  name: string,
  live: LiveSecret | undefined,
): RotationError {
  const who =
    live?.lastWriter === undefined ? 'somebody else' : `"${live.lastWriter.manager}" at ${live.lastWriter.at}`;
  const what = live === undefined ? 'was deleted' : `was changed by ${who} (now version ${live.resourceVersion})`;
  return new RotationError(
    'SecretChanged',
    `${secretObject(rotation.component, name)} ${what} since rotation ${rotation.id} staged it, so it was left alone. ` +
      `Find out why, then rotate again. Secret ${staging.secret.name} has both credentials of the rotation while it lasts.`,
  );
}

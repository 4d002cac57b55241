import { secretAt, secretObject } from '../../domain/component.ts';
import { changedMeanwhile, RotationError } from '../../domain/failures.ts';
import { GOING_BACK } from '../../domain/marks.ts';
import { Password } from '../../domain/password.ts';
import type { StagingPlan } from '../../domain/rotation/handover.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import { isRefused, writePlaces } from '../../domain/secret-plan/index.ts';
import { holds, trimmedText, type SecretData } from '../../domain/secrets/secret-data.ts';
import { scramVerifier } from '../../postgres/scram.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { changedByAnother } from './live-secrets.ts';
import { readStaging, recordData, type StagedSecret, type Staging } from './staging.ts';

/**
 * Records the password that CNPG has generated as the pending one: CNPG's own bytes of its Secret, and what the other
 * Secrets of the application will hold. Where CNPG has generated once more since the record was made, the sides of the
 * other Secrets begin at what they hold now.
 * @param generated the Secret that CNPG wrote.
 */
export async function recordGenerated(
  deps: Dependencies,
  rotation: RotationRef,
  staging: Staging,
  plan: StagingPlan,
  generated: LiveSecret,
): Promise<Staging> {
  const { component } = rotation;
  const to = { username: plan.usernames.pending, password: Password.of(trimmedText(generated.data, 'password')) };
  const verifier = scramVerifier(to.password);
  const secrets = await Promise.all(
    staging.secrets.map(async (staged): Promise<StagedSecret> => {
      const { name, data } = staged;
      if (name === component.secret) {
        return { name, data: { previous: data.previous, pending: keysOf(generated.data, data.previous) } };
      }
      const at = secretAt(component, name);
      const live = await deps.secrets.find(at.namespace, at.name);
      const from = live && heldPassword(staging, staged, live.data);
      if (live === undefined || from === undefined) throw changedByAnother(rotation, staging, name, live);
      const places = plan.places.find(({ secret }) => secret === name)?.places ?? [];
      const writing = { component, secret: name, places, from: { ...to, password: from }, to };
      const pending = writePlaces(live.data, { ...writing, verifierOf: () => verifier });
      if (isRefused(pending)) {
        throw new RotationError(
          'SecretChanged',
          `${secretObject(component, name)} cannot take the password that CNPG generated: ${pending.refused}. CNPG's Secret ${component.secret} has the password: write it there by hand, then rotate again.`,
        );
      }
      return { name, data: { previous: keysOf(live.data, pending), pending } };
    }),
  );
  const { namespace, name, resourceVersion } = staging.secret;
  const data = recordData({ secrets, passwords: { ...staging.passwords, pending: to.password } });
  // From here on there is no way back: the steps take the side `pending`, also after a failure.
  const change = { data, annotations: { [GOING_BACK]: null }, resourceVersion };
  if ((await deps.secrets.change(namespace, name, change)) === undefined)
    throw changedMeanwhile('Secret', namespace, name);
  return readStaging(deps, rotation);
}

/** Which of the recorded passwords a Secret holds; undefined where it holds neither side. */
function heldPassword({ passwords }: Staging, { data }: StagedSecret, live: SecretData): Password | undefined {
  if (holds(live, data.previous)) return passwords.previous;
  return Object.keys(data.pending).length > 0 && holds(live, data.pending) ? passwords.pending : undefined;
}

/** The part of `data` with the keys of `part`. */
function keysOf(data: SecretData, part: SecretData): SecretData {
  return Object.fromEntries(Object.entries(data).filter(([key]) => Object.hasOwn(part, key)));
}

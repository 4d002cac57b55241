import type { AdoptionNames, AdoptionRecord } from '../../domain/adopt/index.ts';
import { objectName, type Component, type LoginRole } from '../../domain/component.ts';
import { ADOPTION, BEFORE_ADOPTION, COMPONENT_LABEL, MANAGED_BY, PRODUCT } from '../../domain/marks.ts';
import { RotationError, changedMeanwhile } from '../../domain/failures.ts';
import type { Password } from '../../domain/password.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { scramVerifier } from '../../postgres/scram.ts';
import type { Dependencies } from '../dependencies.ts';
import { generatePassword } from '../staging/generate-password.ts';

/*
 * The Secrets that only CNPG reads, one for each role. They hold verifiers, and nobody can log in with a verifier.
 *
 *   type                  kubernetes.io/basic-auth
 *   metadata.labels       app.kubernetes.io/managed-by: cnpg-rotator, cnpg-rotator.io/component: litellm, cnpg.io/reload
 *   metadata.annotations  cnpg-rotator.io/adoption: <id>; the owner's also has cnpg-rotator.io/before, an AdoptionRecord
 */

const utf8 = new TextEncoder();

/** Whether a Secret was made for this component's roles. */
export function isOurs({ labels }: LiveSecret, { name }: Component): boolean {
  return labels[MANAGED_BY] === PRODUCT && labels[COMPONENT_LABEL] === name;
}

/**
 * Makes the Secret of one role, or overwrites a Secret that an earlier adoption has left. A second run in the same
 * adoption leaves the Secret as it is, since a later step may have put another verifier there.
 * @param password the role's password if somebody logs in with it; without it, nobody knows the role's password.
 * @throws RotationError `RoleSecretTaken` when somebody else's Secret has the name.
 */
export async function ensureRoleSecret(
  deps: Dependencies,
  component: Component,
  { role, secret: name }: LoginRole,
  write: { readonly adoption: string; readonly password?: Password | undefined; readonly record?: AdoptionRecord },
): Promise<void> {
  const { namespace } = component;
  const live = await deps.secrets.find(namespace, name);
  if (live !== undefined && !isOurs(live, component)) {
    throw new RotationError(
      'RoleSecretTaken',
      `${objectName('Secret', namespace, name)} is not of an adoption of "${component.name}". Choose another name for it, or delete it if nothing reads it.`,
    );
  }
  if (live?.annotations[ADOPTION] === write.adoption) return;
  const data = {
    username: utf8.encode(role),
    password: utf8.encode(scramVerifier(write.password ?? generatePassword())),
  };
  const annotations = {
    [ADOPTION]: write.adoption,
    ...(write.record !== undefined && { [BEFORE_ADOPTION]: JSON.stringify(write.record) }),
  };
  const written =
    live === undefined
      ? await deps.secrets.create({
          namespace,
          name,
          type: 'kubernetes.io/basic-auth',
          labels: { [MANAGED_BY]: PRODUCT, [COMPONENT_LABEL]: component.name, 'cnpg.io/reload': 'true' },
          annotations,
          data,
        })
      : await deps.secrets.change(namespace, name, { data, annotations, resourceVersion: live.resourceVersion });
  if (written === undefined) throw changedMeanwhile('Secret', namespace, name);
}

/**
 * Removes the Secrets of the roles. Those with the note of before go last: the note lets an interrupted removal go on.
 * @param noted the Secrets that `readNote` found, in its order.
 */
export async function removeRoleSecrets(
  deps: Dependencies,
  component: Component,
  { ownerSecret, logins }: AdoptionNames,
  noted: readonly string[],
): Promise<void> {
  const before = [...logins.map(({ secret }) => secret), ownerSecret].filter((name) => !noted.includes(name));
  for (const name of [...before, ...noted]) {
    const live = await deps.secrets.find(component.namespace, name);
    if (live !== undefined && isOurs(live, component)) await deps.secrets.delete(component.namespace, name, live.uid);
  }
}

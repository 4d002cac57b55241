import { objectName, type Component, type LoginRole } from '../component.ts';

/** The names that an adoption writes. Nobody checks here whether the objects exist. */
export interface AdoptionNames {
  /** The role that keeps the tables. The login roles act as this role. */
  readonly owner: string;
  /** CNPG sets the owner's password from this Secret after the application has left the owner. */
  readonly ownerSecret: string;
  readonly logins: readonly [LoginRole, LoginRole];
}

/** @param ownerSecret replaces the default name `<component>-owner-role`. */
export function adoptionNames({ name, alternating }: Component, ownerSecret?: string): AdoptionNames {
  const { owner, logins } = alternating;
  return { owner, ownerSecret: ownerSecret ?? `${name}-owner-role`, logins };
}

/** The three Secrets that only CNPG reads. */
export function roleSecrets({ owner, ownerSecret, logins }: AdoptionNames): readonly LoginRole[] {
  return [{ role: owner, secret: ownerSecret }, ...logins];
}

export function describeSecret({ namespace }: Component, name: string): string {
  return objectName('Secret', namespace, name);
}

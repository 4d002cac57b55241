import { objectName, type Component, type LoginRole } from '../component.ts';

/** Whose names an adoption writes; none of them is looked at here. */
export interface AdoptionNames {
  /** Keeps the tables, and is what the login roles act as. */
  readonly owner: string;
  /** The Secret from which CNPG sets the owner's password once the application has left it. */
  readonly ownerSecret: string;
  readonly logins: readonly [LoginRole, LoginRole];
}

/** @param ownerSecret a name instead of `<component>-owner-role`. */
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

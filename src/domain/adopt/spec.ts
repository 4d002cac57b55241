import type { LoginRole } from '../component.ts';
import type { AdoptionNames } from './names.ts';

/** A whole entry of `spec.managed.roles`, as the Cluster has it. Fields that we do not know stay unchanged. */
export interface RoleEntry {
  readonly name: string;
  readonly [field: string]: unknown;
}

export type BootstrapMethod = 'initdb' | 'recovery' | 'pg_basebackup';

/** The parts of a Cluster's spec that an adoption changes. */
export interface RoleSpec {
  readonly roles: readonly RoleEntry[];
  /** The second path by which CNPG sets the owner's password; absent where the Cluster does not use the path. */
  readonly bootstrap?: {
    readonly method: BootstrapMethod;
    /** Absent: CNPG's own `<cluster>-app`. */
    readonly secret?: string;
  };
}

/** The parts of the earlier spec that the way back cannot guess. */
export interface AdoptionRecord {
  /** Of the owner's entry in the managed roles; absent where CNPG sets the owner's password by bootstrap alone. */
  readonly passwordSecret?: string;
  readonly bootstrap?: RoleSpec['bootstrap'];
}

/** CNPG reads the owner's own Secret on each of its paths, and the login roles are members of the owner. Idempotent. */
export function alternatingSpec(before: RoleSpec, names: AdoptionNames): RoleSpec {
  const { owner, ownerSecret, logins } = names;
  const present = before.roles.map((entry) => {
    if (entry.name === owner) return withSecret(entry, ownerSecret);
    const login = logins.find(({ role }) => role === entry.name);
    return login === undefined ? entry : loginEntry(login, before, names);
  });
  const missing = logins
    .filter(({ role }) => !present.some(({ name }) => name === role))
    .map((login) => loginEntry(login, before, names));
  return {
    roles: [...present, ...missing],
    ...(before.bootstrap !== undefined && { bootstrap: { ...before.bootstrap, secret: ownerSecret } }),
  };
}

/** The login roles get the owner's limits too, because PostgreSQL applies the limits of the role that logs in. */
const LIMITS = ['connectionLimit', 'validUntil'] as const;

function loginEntry({ role, secret }: LoginRole, { roles }: RoleSpec, { owner }: AdoptionNames): RoleEntry {
  const model = roles.find(({ name }) => name === owner) ?? { name: owner };
  return {
    name: role,
    ensure: 'present',
    login: true,
    inherit: true,
    connectionLimit: -1,
    ...Object.fromEntries(LIMITS.filter((field) => field in model).map((field) => [field, model[field]])),
    inRoles: [owner],
    passwordSecret: { name: secret },
  };
}

/** The owner logs in with the application's Secret again, and CNPG has to drop the login roles. */
export function inPlaceSpec(current: RoleSpec, names: AdoptionNames, record: AdoptionRecord): RoleSpec {
  return restore(current, names, record, (login) => [{ ...login, ensure: 'absent' }]);
}

/** Like `inPlaceSpec`, but without the login roles: for the time after CNPG has dropped them. */
export function specBefore(current: RoleSpec, names: AdoptionNames, record: AdoptionRecord): RoleSpec {
  return restore(current, names, record, () => []);
}

function restore(
  current: RoleSpec,
  { owner, logins }: AdoptionNames,
  { passwordSecret, bootstrap }: AdoptionRecord,
  ofLogin: (login: RoleEntry) => readonly RoleEntry[],
): RoleSpec {
  return {
    roles: current.roles.flatMap((entry) => {
      if (entry.name === owner) return [withSecret(entry, passwordSecret)];
      return logins.some(({ role }) => role === entry.name) ? ofLogin(entry) : [entry];
    }),
    ...(current.bootstrap !== undefined && { bootstrap: bootstrap ?? current.bootstrap }),
  };
}

/** An entry without a Secret stays so: CNPG then leaves the role's password to the other path. */
function withSecret(entry: RoleEntry, secret: string | undefined): RoleEntry {
  if (secret === undefined || passwordSecretOf(entry) === undefined) return entry;
  return { ...entry, passwordSecret: { name: secret } };
}

/** The record that the way back needs; undefined when CNPG sets the owner's password by neither path. */
export function recordOf({ roles, bootstrap }: RoleSpec, { owner }: AdoptionNames): AdoptionRecord | undefined {
  const secret = passwordSecretOf(roles.find(({ name }) => name === owner));
  if (secret === undefined && bootstrap === undefined) return undefined;
  return { ...(secret !== undefined && { passwordSecret: secret }), bootstrap };
}

export function passwordSecretOf(entry: RoleEntry | undefined): string | undefined {
  const reference = entry?.['passwordSecret'];
  if (typeof reference !== 'object' || reference === null || !('name' in reference)) return undefined;
  return typeof reference.name === 'string' ? reference.name : undefined;
}

/** Whether two specs are the same. The order of the roles counts, the order of the fields does not. */
export function sameSpec(a: RoleSpec, b: RoleSpec): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => x.localeCompare(y)))
      : part,
  );
}

import type { LoginRole } from '../component.ts';
import type { AdoptionNames } from './names.ts';

/** An entry of `spec.managed.roles`, whole as it stands in the Cluster: what we do not know of it stays as it is. */
export interface RoleEntry {
  readonly name: string;
  readonly [field: string]: unknown;
}

export type BootstrapMethod = 'initdb' | 'recovery' | 'pg_basebackup';

/** The parts of a Cluster's spec that an adoption changes. */
export interface RoleSpec {
  readonly roles: readonly RoleEntry[];
  /** The second path by which CNPG sets the owner's password; absent where the Cluster has none for this role. */
  readonly bootstrap?: {
    readonly method: BootstrapMethod;
    /** Absent: CNPG's own `<cluster>-app`. */
    readonly secret?: string;
  };
}

/** What the spec was, as far as the way back cannot guess it. */
export interface AdoptionRecord {
  readonly passwordSecret: string;
  readonly bootstrap?: RoleSpec['bootstrap'];
}

/** Both paths lead to the owner's own Secret, and the login roles are members of the owner. Twice is as once. */
export function alternatingSpec(before: RoleSpec, names: AdoptionNames): RoleSpec {
  const { owner, ownerSecret, logins } = names;
  const present = before.roles.map((entry) => {
    if (entry.name === owner) return { ...entry, passwordSecret: { name: ownerSecret } };
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

/** What limits the owner's logins limits those of the login roles too: a limit is the role's that logs in. */
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

/** The owner logs in with the application's Secret again, and CNPG is to drop the login roles. */
export function inPlaceSpec(current: RoleSpec, names: AdoptionNames, record: AdoptionRecord): RoleSpec {
  return restore(current, names, record, (login) => [{ ...login, ensure: 'absent' }]);
}

/** As `inPlaceSpec`, without any trace of the login roles: for when CNPG has dropped them. */
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
      if (entry.name === owner) return [{ ...entry, passwordSecret: { name: passwordSecret } }];
      return logins.some(({ role }) => role === entry.name) ? ofLogin(entry) : [entry];
    }),
    ...(current.bootstrap !== undefined && { bootstrap: bootstrap ?? current.bootstrap }),
  };
}

/** What the way back needs to know; undefined when the owner is not declared with a Secret. */
export function recordOf({ roles, bootstrap }: RoleSpec, { owner }: AdoptionNames): AdoptionRecord | undefined {
  const secret = passwordSecretOf(roles.find(({ name }) => name === owner));
  if (secret === undefined) return undefined;
  return { passwordSecret: secret, bootstrap };
}

export function passwordSecretOf(entry: RoleEntry | undefined): string | undefined {
  const reference = entry?.['passwordSecret'];
  if (typeof reference !== 'object' || reference === null || !('name' in reference)) return undefined;
  return typeof reference.name === 'string' ? reference.name : undefined;
}

/** Whether two specs say the same; the order of fields is none of it, that of roles is. */
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

import type { LoginRole } from '../component.ts';
import type { AdoptionNames } from './names.ts';

/** A whole entry of `spec.managed.roles`, as the Cluster has it. Fields that we do not know stay unchanged. */
export interface RoleEntry {
  readonly name: string;
  readonly [field: string]: unknown;
}

export type BootstrapMethod = 'initdb' | 'recovery' | 'pg_basebackup';

/** A DatabaseRole: the object's name, and its whole spec. */
export interface DatabaseRoleEntry {
  readonly object: string;
  readonly spec: RoleEntry;
}

/** How a Cluster's roles are declared, as far as an adoption changes that. */
export interface RoleSpec {
  /** `spec.managed.roles` of the Cluster. */
  readonly roles: readonly RoleEntry[];
  /** The Cluster's DatabaseRoles; absent where there are none. */
  readonly databaseRoles?: readonly DatabaseRoleEntry[];
  /** The second path by which CNPG sets the owner's password; absent where the Cluster does not use the path. */
  readonly bootstrap?: {
    readonly method: BootstrapMethod;
    /** Absent: CNPG's own `<cluster>-app`. */
    readonly secret?: string;
  };
}

/** The parts of the earlier spec that the way back cannot guess. */
export interface AdoptionRecord {
  /** Of the owner's declaration; absent where CNPG sets the owner's password by bootstrap alone. */
  readonly passwordSecret?: string;
  readonly bootstrap?: RoleSpec['bootstrap'];
  /** The login roles that the adoption makes. */
  readonly roles?: readonly string[];
}

/** The declaration that CNPG follows: `managed.roles` comes first. */
export function entryOf({ roles, databaseRoles = [] }: RoleSpec, role: string): RoleEntry | undefined {
  return [...roles, ...databaseRoles.map(({ spec }) => spec)].find(({ name }) => name === role);
}

/** The login roles are declared as the owner is: by DatabaseRoles where a DatabaseRole declares the owner. */
export function usesDatabaseRoles({ roles, databaseRoles = [] }: RoleSpec, { owner }: AdoptionNames): boolean {
  return !roles.some(({ name }) => name === owner) && databaseRoles.some(({ spec }) => spec.name === owner);
}

/** CNPG reads the owner's own Secret on each of its paths, and the login roles are members of the owner. Idempotent. */
export function alternatingSpec(before: RoleSpec, names: AdoptionNames): RoleSpec {
  return {
    ...(usesDatabaseRoles(before, names)
      ? { ...before, databaseRoles: alternatingObjects(before, names) }
      : { ...before, roles: alternatingRoles(before, names) }),
    ...(before.bootstrap !== undefined && { bootstrap: { ...before.bootstrap, secret: names.ownerSecret } }),
  };
}

function alternatingRoles(before: RoleSpec, names: AdoptionNames): readonly RoleEntry[] {
  const { owner, ownerSecret, logins } = names;
  const present = before.roles.map((entry) => {
    if (entry.name === owner) return withSecret(entry, ownerSecret);
    const login = logins.find(({ role }) => role === entry.name);
    return login === undefined ? entry : loginEntry(login, before, names);
  });
  const missing = logins
    .filter(({ role }) => !present.some(({ name }) => name === role))
    .map((login) => loginEntry(login, before, names));
  return [...present, ...missing];
}

/** A new object has the name of its role's Secret. A manifest that goes by mistake leaves its role in PostgreSQL. */
function alternatingObjects(before: RoleSpec, names: AdoptionNames): readonly DatabaseRoleEntry[] {
  const { owner, ownerSecret, logins } = names;
  const { databaseRoles = [] } = before;
  const specOf = (login: LoginRole) => ({ ...loginEntry(login, before, names), ...reclaimed('retain') });
  const present = databaseRoles.map(({ object, spec }) => {
    if (spec.name === owner) return { object, spec: withSecret(spec, ownerSecret) };
    const login = logins.find(({ role }) => role === spec.name);
    return { object, spec: login === undefined ? spec : { ...spec, ...specOf(login) } };
  });
  const missing = logins
    .filter(({ role }) => !present.some(({ spec }) => spec.name === role))
    .map((login) => ({
      object: login.secret,
      spec: { cluster: entryOf(before, owner)?.['cluster'], ...specOf(login) },
    }));
  return [...present, ...missing];
}

/** What CNPG does with the role of a DatabaseRole that is deleted. */
function reclaimed(policy: 'delete' | 'retain') {
  return { databaseRoleReclaimPolicy: policy };
}

/** The login roles get the owner's limits too, because PostgreSQL applies the limits of the role that logs in. */
const LIMITS = ['connectionLimit', 'validUntil'] as const;

function loginEntry({ role, secret }: LoginRole, before: RoleSpec, { owner }: AdoptionNames): RoleEntry {
  const model = entryOf(before, owner) ?? { name: owner };
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
  return restore(current, names, record, {
    role: (login) => [{ ...login, ensure: 'absent' }],
    // CNPG drops the role when the object is deleted.
    object: ({ object, spec }) => [{ object, spec: { ...spec, ...reclaimed('delete') } }],
  });
}

/** Like `inPlaceSpec`, but without the login roles: CNPG has dropped them, or drops them as their objects go. */
export function specBefore(current: RoleSpec, names: AdoptionNames, record: AdoptionRecord): RoleSpec {
  return restore(current, names, record, { role: () => [], object: () => [] });
}

function restore(
  current: RoleSpec,
  { owner, logins }: AdoptionNames,
  { passwordSecret, bootstrap }: AdoptionRecord,
  ofLogin: {
    readonly role: (login: RoleEntry) => readonly RoleEntry[];
    readonly object: (login: DatabaseRoleEntry) => readonly DatabaseRoleEntry[];
  },
): RoleSpec {
  const isLogin = (name: string): boolean => logins.some(({ role }) => role === name);
  return {
    roles: current.roles.flatMap((entry) => {
      if (entry.name === owner) return [withSecret(entry, passwordSecret)];
      return isLogin(entry.name) ? ofLogin.role(entry) : [entry];
    }),
    ...(current.databaseRoles !== undefined && {
      databaseRoles: current.databaseRoles.flatMap((entry) => {
        const { object, spec } = entry;
        if (spec.name === owner) return [{ object, spec: withSecret(spec, passwordSecret) }];
        return isLogin(spec.name) ? ofLogin.object(entry) : [entry];
      }),
    }),
    ...(current.bootstrap !== undefined && { bootstrap: bootstrap ?? current.bootstrap }),
  };
}

/** An entry without a Secret stays so: CNPG then leaves the role's password to the other path. */
function withSecret(entry: RoleEntry, secret: string | undefined): RoleEntry {
  if (secret === undefined || passwordSecretOf(entry) === undefined) return entry;
  const stanza = passwordStanza(entry);
  return stanza === undefined
    ? { ...entry, passwordSecret: { name: secret } }
    : { ...entry, password: { ...stanza, secret } };
}

/** The record that the way back needs; undefined when CNPG sets the owner's password by neither path. */
export function recordOf(spec: RoleSpec, { owner, logins }: AdoptionNames): AdoptionRecord | undefined {
  const { bootstrap } = spec;
  const secret = passwordSecretOf(entryOf(spec, owner));
  if (secret === undefined && bootstrap === undefined) return undefined;
  return { ...(secret !== undefined && { passwordSecret: secret }), bootstrap, roles: logins.map(({ role }) => role) };
}

export function passwordSecretOf(entry: RoleEntry | undefined): string | undefined {
  const { secret } = passwordStanza(entry) ?? {};
  if (typeof secret === 'string') return secret;
  const reference = entry?.['passwordSecret'];
  if (typeof reference !== 'object' || reference === null || !('name' in reference)) return undefined;
  return typeof reference.name === 'string' ? reference.name : undefined;
}

/** `password` of a DatabaseRole with `mode: secret` (CNPG 1.31), which stands for `passwordSecret`. */
function passwordStanza(entry: RoleEntry | undefined): Readonly<Record<string, unknown>> | undefined {
  const stanza = entry?.['password'];
  if (typeof stanza !== 'object' || stanza === null) return undefined;
  return 'mode' in stanza && stanza.mode === 'secret' ? { ...stanza } : undefined;
}

/** Whether two specs are the same. The order of the roles counts, the order of the fields does not. */
export function sameSpec(a: RoleSpec, b: RoleSpec): boolean {
  return isSame(a, b);
}

/** Whether the Cluster itself is the same in two specs. */
export function sameCluster(a: RoleSpec, b: RoleSpec): boolean {
  const own = ({ roles, bootstrap }: RoleSpec) => ({ roles, bootstrap });
  return isSame(own(a), own(b));
}

/** Whether two values are the same as JSON, whatever the order of their fields. */
export function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => x.localeCompare(y)))
      : part,
  );
}

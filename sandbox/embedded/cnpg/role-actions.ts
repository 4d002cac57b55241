import type { ManagedRole } from './cluster.ts';

/** A role as PostgreSQL has it. */
export interface DatabaseRole {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  readonly inherit: boolean;
  readonly replication: boolean;
  readonly bypassrls: boolean;
  readonly connectionLimit: number;
  /** Seconds since the epoch; `undefined`: for ever. */
  readonly validUntil?: number;
  readonly memberOf: readonly string[];
  readonly hasPassword: boolean;
  /** Changes with every change of the role, whoever made it. */
  readonly transactionId: number;
}

/** What was applied last, from the Cluster's status. */
export interface PasswordState {
  readonly resourceVersion?: string | undefined;
  readonly transactionID?: number | undefined;
}

export type RoleAction =
  | { readonly kind: 'create' | 'alter' | 'password' | 'drop-password' | 'drop' }
  | { readonly kind: 'memberships'; readonly grant: readonly string[]; readonly revoke: readonly string[] };

const ATTRIBUTES = [
  'login',
  'superuser',
  'createdb',
  'createrole',
  'inherit',
  'replication',
  'bypassrls',
  'connectionLimit',
] as const;

/** Roles that CNPG leaves alone whatever is declared. */
export const RESERVED: ReadonlySet<string> = new Set(['postgres', 'streaming_replica', 'cnpg_metrics_exporter']);

/**
 * What has to be done about a managed role; nothing where it is as declared.
 * @param secretVersion the version of its Secret now, where it names one that is there.
 */
export function nextRoleActions(
  declared: ManagedRole,
  found: DatabaseRole | undefined,
  applied: PasswordState | undefined,
  secretVersion: string | undefined,
): readonly RoleAction[] {
  if (declared.ensure === 'absent') return found === undefined ? [] : [{ kind: 'drop' }];
  const actions: RoleAction[] = [];
  if (found === undefined) actions.push({ kind: 'create' });
  else if (differs(declared, found)) actions.push({ kind: 'alter' });
  const grant = declared.inRoles.filter((role) => found?.memberOf.includes(role) !== true);
  const revoke = (found?.memberOf ?? []).filter((role) => !declared.inRoles.includes(role));
  if (grant.length > 0 || revoke.length > 0) actions.push({ kind: 'memberships', grant, revoke });
  // Somebody else's ALTER changes the transaction: then the Secret's password is applied again.
  const isApplied = applied?.resourceVersion === secretVersion && applied?.transactionID === found?.transactionId;
  if (declared.disablePassword) {
    if (found?.hasPassword === true) actions.push({ kind: 'drop-password' });
  } else if (secretVersion !== undefined && !(isApplied && actions.length === 0)) {
    actions.push({ kind: 'password' });
  }
  return actions;
}

function differs(declared: ManagedRole, found: DatabaseRole): boolean {
  const until = declared.validUntil === undefined ? undefined : Date.parse(declared.validUntil) / 1_000;
  return ATTRIBUTES.some((attribute) => declared[attribute] !== found[attribute]) || until !== found.validUntil;
}

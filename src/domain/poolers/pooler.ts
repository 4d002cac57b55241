import { MAX_POOLER_SECONDS, POOLER_MARGIN_SECONDS } from '../budgets.ts';
import { objectName, type Component } from '../component.ts';
import type { ClientFacts } from '../consumers/clients.ts';
import type { Cause } from '../failures.ts';

/*
 * PgBouncer before a Cluster (CNPG's kind Pooler). What a rotation has to know of PgBouncer 1.24, from its sources:
 *
 * - PgBouncer asks PostgreSQL for the verifier at every login of a client (`auth_query`). So the old password is refused
 *   as soon as PostgreSQL has the new one, and the answer is SQLSTATE 08P01.
 * - PgBouncer logs in at PostgreSQL with the keys of the client that logged in last. Where such a login fails, PgBouncer
 *   tries none for `server_login_retry` (15 s), and meanwhile gives the failure to every client (`check_fast_fail`).
 * - A connection to PostgreSQL lives on after a change of the password, and serves other clients of the same role.
 */

/** A Pooler of a Cluster. */
export interface PoolerFacts {
  readonly name: string;
  /** `session`, or `transaction`. */
  readonly poolMode: string;
  /** `spec.pgbouncer.pg_hba`. */
  readonly pgHba: readonly string[];
  /** The Pooler asks for passwords with its own query, and this query may know a fixed list of users. */
  readonly ownAuthQuery: boolean;
  /** The Secret of `clientTLSSecret`; absent where PgBouncer shows the Cluster's own certificate. */
  readonly ownCertificate?: string;
  /** `spec.pgbouncer.parameters`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A Pooler through which the application logs in, as a rotation carries it. */
export interface PoolerInUse extends Pick<PoolerFacts, 'name' | 'poolMode' | 'ownCertificate'> {
  /** `Secret litellm-db-secret names it`. */
  readonly why: string;
  /** PgBouncer may answer so long from a failure that it remembers, in seconds. */
  readonly retrySeconds: number;
}

/** What a login through the Pooler showed before the rotation. */
export interface PoolerTried extends PoolerInUse {
  /** How many pods were tried. */
  readonly pods: number;
  /** Why the current password could not be tried, or was not accepted. */
  readonly problem?: Cause;
  /** PgBouncer let a made-up password in. */
  readonly needsNoPassword?: true;
}

/** Whether the application uses a Pooler is shown by a host that a Secret or a container names, or by its sessions. */
export function poolersInUse(
  poolers: readonly PoolerFacts[],
  named: ReadonlyMap<string, string>,
  clients: readonly Pick<ClientFacts['clients'][number], 'pods'>[],
): readonly PoolerInUse[] {
  const loggedIn = new Set(
    clients.flatMap(({ pods }) => pods.filter(({ part }) => part === 'pooler').map(({ owner }) => owner?.name)),
  );
  return poolers.flatMap(({ name, poolMode, ownCertificate, parameters }) => {
    const why = named.get(name) ?? (loggedIn.has(name) ? 'its pods are logged in as the role' : undefined);
    if (why === undefined) return [];
    const retrySeconds = loginRetrySeconds(parameters);
    return [{ name, poolMode, why, retrySeconds, ...(ownCertificate !== undefined && { ownCertificate }) }];
  });
}

export function toPoolerInUse({ name, poolMode, why, retrySeconds, ownCertificate }: PoolerTried): PoolerInUse {
  return { name, poolMode, why, retrySeconds, ...(ownCertificate !== undefined && { ownCertificate }) };
}

/** `Pooler apps/litellm-rw (Pod litellm-rw-7f9c-x2)`: each pod has a PgBouncer of its own. */
export function throughPooler({ namespace }: Pick<Component, 'namespace'>, pooler: string, pod?: string): string {
  const name = objectName('Pooler', namespace, pooler);
  return pod === undefined ? name : `${name} (Pod ${pod})`;
}

/** PgBouncer's own default of `server_login_retry`, in seconds. */
const LOGIN_RETRY_SECONDS = 15;

function loginRetrySeconds({ server_login_retry: said = '' }: PoolerFacts['parameters']): number {
  const seconds = Number(said);
  return said.trim() === '' || !Number.isFinite(seconds) || seconds < 0 ? LOGIN_RETRY_SECONDS : seconds;
}

/** The longest wait until PgBouncer has forgotten a failed login, in seconds; 0 where the application uses no Pooler. */
export function poolersSeconds(poolers: readonly Pick<PoolerInUse, 'retrySeconds'>[] = []): number {
  if (poolers.length === 0) return 0;
  const longest = Math.max(...poolers.map(({ retrySeconds }) => retrySeconds));
  return Math.min(Math.ceil(longest) + POOLER_MARGIN_SECONDS, MAX_POOLER_SECONDS);
}

/** PgBouncer's answers to a client whose password is wrong: of 1.24, `disconnect_client` in `client.c`. */
const REFUSES = /^(?:SASL|password|"trust"|certificate) authentication failed|^no such user|^login rejected/;

/** `protocol_violation`: PgBouncer's SQLSTATE for everything that it says itself. */
const PGBOUNCERS_OWN = '08P01';

/** Whether PgBouncer refuses the client. It says other things with the same SQLSTATE. */
export function refusesTheClient(sqlState: string, message: string): boolean {
  return sqlState === PGBOUNCERS_OWN && REFUSES.test(message);
}

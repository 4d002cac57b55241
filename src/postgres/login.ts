import { PRODUCT } from '../domain/marks.ts';
import type { Duplex } from 'node:stream';
import pTimeout from 'p-timeout';
import pg from 'pg';
import { GOODBYE_MS } from '../domain/budgets.ts';
import type { Credential } from '../domain/password.ts';
import { RotationError, messageOf } from '../domain/failures.ts';
import { refusesTheClient } from '../domain/poolers/pooler.ts';
import type { RoleAttributes } from '../domain/proofs/role-attributes.ts';
import { ROLE_ATTRIBUTES_SQL, toRoleAttributes, type RoleAttributesRow } from './role-attributes.ts';

/** Where to log in, and how to get there. */
export interface LoginTarget {
  /** `Service ai-system/litellm-postgresql-rw`: for messages. */
  readonly name: string;
  /** The name in the server's certificate. */
  readonly host: string;
  readonly database: string;
  /** PEM of the certificate authority that signed the server's certificate. */
  readonly serverCa: string;
  /** Opens a fresh connection to the server. */
  readonly dial: () => Promise<Duplex>;
  readonly timeoutMs: number;
  /** The server is PgBouncer, which refuses with a SQLSTATE of its own. */
  readonly isPgbouncer?: true;
  /** The certificate is the Pooler's own, for whichever name. */
  readonly anyServerName?: true;
}

export type LoginOutcome =
  | {
      readonly accepted: true;
      readonly serverVersion: string;
      readonly serverTime: string;
      /** The role that owns what the session creates. The credential's role may be set to act as it. */
      readonly actsAs: string;
      /** Attributes of the credential's role; absent where the role may not read them. */
      readonly attributes?: RoleAttributes;
    }
  /** PostgreSQL refused the credential: SQLSTATE 28P01 or 28000. */
  | { readonly accepted: false; readonly sqlState: string };

/** The application name by which PostgreSQL knows our own sessions. */
export const APPLICATION_NAME = PRODUCT;

/**
 * PgBouncer leaves a client's name on the connection that the client used, and other clients use it after us. So these
 * sessions count as anybody's.
 */
const NAME_THROUGH_POOLERS = `${APPLICATION_NAME} through a Pooler`;

/** `invalid_password`, and `invalid_authorization_specification`: the role does not exist or may not log in. */
const REFUSED: ReadonlySet<string> = new Set(['28P01', '28000']);

/**
 * `invalid_catalog_name`: no such database. `insufficient_privilege`: the role may not connect to it.
 * `object_not_in_prerequisite_state`: the database takes no connections. All three come after an accepted credential.
 */
const NO_WAY_IN: Readonly<Record<string, string>> = {
  '3D000': 'does not exist',
  '42501': 'may not be connected to by this role',
  '55000': 'takes no connections',
};

/** A fresh login over TLS, as an application does it. Only PostgreSQL's own answer counts as a refusal. */
export async function tryLogin(target: LoginTarget, credential: Credential): Promise<LoginOutcome> {
  const answer = await withLogin(target, credential, async (client) => {
    // The time is read as a number: the database decides how the server writes a time.
    const { rows } = await client.query<{ version: string; seconds: number; acts_as: string }>(
      `SELECT current_setting('server_version') AS version, current_user AS acts_as,
              extract(epoch FROM clock_timestamp())::float8 AS seconds`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the answer to a query was empty');
    // The attributes go into the report. No proof needs them.
    const attributes = await client.query<RoleAttributesRow>(ROLE_ATTRIBUTES_SQL).catch(() => ({ rows: [] }));
    return {
      serverVersion: row.version,
      serverTime: new Date(row.seconds * 1_000).toISOString(),
      actsAs: row.acts_as,
      attributes: attributes.rows[0] && toRoleAttributes(attributes.rows[0]),
    };
  });
  return 'sqlState' in answer ? { accepted: false, sqlState: answer.sqlState } : { accepted: true, ...answer };
}

/** Logs in and runs `act`. @returns the result of `act`, or the SQLSTATE with which the credential was refused. */
export async function withLogin<T extends object>(
  target: LoginTarget,
  credential: Credential,
  act: (client: pg.Client) => Promise<T>,
): Promise<T | { readonly sqlState: string }> {
  const socket = await target.dial();
  const client = new pg.Client({
    host: target.host,
    user: credential.username,
    password: credential.password.reveal(),
    database: target.database,
    application_name: target.isPgbouncer === true ? NAME_THROUGH_POOLERS : APPLICATION_NAME,
    ssl: {
      ca: target.serverCa,
      servername: target.host,
      ...(target.anyServerName && { checkServerIdentity: () => undefined }),
    },
    stream: () => asSocket(socket),
    query_timeout: target.timeoutMs,
  });
  // A connection error after the query was answered does not matter.
  client.on('error', () => undefined);
  try {
    // The client's own limit has no effect where the connection broke before its use.
    await pTimeout(client.connect(), {
      milliseconds: target.timeoutMs,
      message: `no answer within ${target.timeoutMs / 1_000} s`,
    }).catch((error: unknown) => {
      throw toDatabaseAbsent(error, target, credential) ?? error;
    });
    return await act(client);
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState !== undefined && isRefusal(target, sqlState, error)) return { sqlState };
    throw toUnreachable(error, target, credential, sqlState);
  } finally {
    // PostgreSQL closes the connection after the goodbye. A broken connection may never report its close.
    await pTimeout(client.end(), { milliseconds: GOODBYE_MS, fallback: () => undefined }).catch(() => undefined);
    socket.destroy();
  }
}

function isRefusal({ isPgbouncer }: LoginTarget, sqlState: string, error: unknown): boolean {
  return REFUSED.has(sqlState) || (isPgbouncer === true && refusesTheClient(sqlState, messageOf(error)));
}

function toDatabaseAbsent(
  error: unknown,
  { name, database }: LoginTarget,
  { username }: Credential,
): RotationError | undefined {
  const sqlState = sqlStateOf(error) ?? '';
  const why = NO_WAY_IN[sqlState];
  if (why === undefined) return undefined;
  return new RotationError(
    'DatabaseAbsent',
    `Database "${database}" behind ${name} ${why}: PostgreSQL let "${username}" in and then refused the database (SQLSTATE ${sqlState}).`,
  );
}

function toUnreachable(
  error: unknown,
  target: LoginTarget,
  credential: Credential,
  sqlState: string | undefined,
): RotationError {
  if (error instanceof RotationError) return error;
  const said = sqlState === undefined ? messageOf(error) : `SQLSTATE ${sqlState}: ${messageOf(error)}`;
  return new RotationError(
    'DatabaseUnreachable',
    `A login as "${credential.username}" to database "${target.database}" through ${target.name} neither succeeded nor was refused (${said}).`,
  );
}

export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

/** Gives a connected stream the methods that `pg` needs of a socket. */
function asSocket(stream: Duplex): Duplex {
  const noop = (): Duplex => stream;
  return Object.assign(stream, {
    setNoDelay: noop,
    setKeepAlive: noop,
    ref: noop,
    unref: noop,
    connect: () => {
      queueMicrotask(() => stream.emit('connect'));
      return stream;
    },
  });
}

import pg from 'pg';
import { EMERGENCY_STATEMENT_MS } from '../domain/budgets.ts';

/** The program and its arguments that run SQL from stdin as the superuser, in a CNPG instance's `postgres` container. */
export const PSQL_COMMAND: readonly string[] =
  'psql -X -q -A -t -U postgres -d postgres -v ON_ERROR_STOP=1 -v VERBOSITY=terse'.split(' ');

/** The script prints this when it is done. */
export const ALTERED = 'cnpg-rotator: altered';

const CLOCK = 'cnpg-rotator: clock ';

/** SQL for `psql` that prints PostgreSQL's clock. */
export const CLOCK_SCRIPT = `SELECT '${CLOCK}' || extract(epoch FROM clock_timestamp())::float8;
\\q
`;

/** @returns the printed clock in seconds since the epoch; undefined where it was not printed. */
export function clockIn(stdout: string): number | undefined {
  const line = stdout.split('\n').find((one) => one.startsWith(CLOCK));
  const seconds = Number(line?.slice(CLOCK.length));
  return Number.isFinite(seconds) ? seconds : undefined;
}

/**
 * SQL for `psql` that sets a role's password by its verifier, in one transaction. Nothing logs it: not `log_statement`,
 * `log_min_duration_statement` or an error's statement, and not pg_stat_statements or pgaudit where they are loaded.
 * The script refuses to run on a standby. It also refuses to run late: a script whose caller has given up may still
 * reach PostgreSQL, when a stalled connection or a frozen pod goes on, and the way back may be over by then. It looks
 * again before the commit, because the ALTER may have waited for a lock.
 * @param clock PostgreSQL's own clock, read before the script was sent, in seconds since the epoch.
 */
export function alterRoleScript(role: string, verifier: string, clock: number): string {
  const refuseLate = `IF extract(epoch FROM clock_timestamp()) > ${clock + EMERGENCY_STATEMENT_MS / 1_000} THEN
    RAISE EXCEPTION 'this attempt comes too late: its caller has given it up';
  END IF;`;
  const name = pg.escapeIdentifier(role);
  return `BEGIN;
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_duration_sample = -1;
SET LOCAL log_transaction_sample_rate = 0;
SET LOCAL log_min_error_statement = 'panic';
SET LOCAL statement_timeout = ${EMERGENCY_STATEMENT_MS};
DO $quiet$
BEGIN
  IF pg_is_in_recovery() THEN
    RAISE EXCEPTION 'this instance is not the primary';
  END IF;
  ${refuseLate}
  IF current_setting('pg_stat_statements.track_utility', true) IS NOT NULL THEN
    SET LOCAL pg_stat_statements.track_utility = off;
  END IF;
  IF current_setting('pgaudit.log', true) IS NOT NULL THEN
    SET LOCAL pgaudit.log = 'none';
  END IF;
END
$quiet$;
ALTER ROLE ${name} PASSWORD ${pg.escapeLiteral(verifier)};
DO $quiet$
BEGIN
  ${refuseLate}
END
$quiet$;
COMMIT;
\\echo '${ALTERED}'
\\q
`;
}

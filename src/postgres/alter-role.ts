import pg from 'pg';
import { EMERGENCY_STATEMENT_MS } from '../domain/budgets.ts';

/** The program and its arguments that run SQL from stdin as the superuser, in a CNPG instance's `postgres` container. */
export const PSQL_COMMAND: readonly string[] =
  'psql -X -q -A -t -U postgres -d postgres -v ON_ERROR_STOP=1 -v VERBOSITY=terse'.split(' ');

/** The script prints this when it is done. */
export const ALTERED = 'cnpg-rotator: altered';

/**
 * SQL for `psql` that sets a role's password by its verifier, in one transaction. Nothing logs it: not `log_statement`,
 * `log_min_duration_statement` or an error's statement, and not pg_stat_statements or pgaudit where they are loaded.
 * The script refuses to run on a standby.
 */
export function alterRoleScript(role: string, verifier: string): string {
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
  IF current_setting('pg_stat_statements.track_utility', true) IS NOT NULL THEN
    SET LOCAL pg_stat_statements.track_utility = off;
  END IF;
  IF current_setting('pgaudit.log', true) IS NOT NULL THEN
    SET LOCAL pgaudit.log = 'none';
  END IF;
END
$quiet$;
ALTER ROLE ${name} PASSWORD ${pg.escapeLiteral(verifier)};
COMMIT;
\\echo '${ALTERED}'
\\q
`;
}

import { parseArgs } from 'node:util';
import pg from 'pg';
import type { ExecOutcome } from '../api/index.ts';
import type { PostgresServer } from './server.ts';
import { splitScript, type ScriptPart } from './sql-script.ts';

/** psql's exit codes: it was used wrongly, could not connect, or stopped at an error of the script. */
const EXIT = { fatal: 1, badConnection: 2, scriptError: 3 } as const;

const OPTIONS = {
  'no-psqlrc': { type: 'boolean', short: 'X' },
  quiet: { type: 'boolean', short: 'q' },
  'no-align': { type: 'boolean', short: 'A' },
  'tuples-only': { type: 'boolean', short: 't' },
  username: { type: 'string', short: 'U' },
  dbname: { type: 'string', short: 'd' },
  set: { type: 'string', short: 'v', multiple: true },
} as const;

/**
 * What `psql` does with a script on its standard input, for servers that come without it: unaligned output of tuples
 * only, `\echo`, `\q`, ON_ERROR_STOP, and its words and exit codes for errors.
 */
export async function psql(server: PostgresServer, argv: readonly string[], script: string): Promise<ExecOutcome> {
  const options = parse(argv);
  if (options === undefined)
    return fail(EXIT.fatal, `psql: this sandbox's psql does not know the options ${argv.join(' ')}`);
  try {
    return await server.asSuperuser(options.database, (client) =>
      run(client, splitScript(script), options.stopAtError),
    );
  } catch (error) {
    return fail(EXIT.badConnection, `psql: error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse(argv: readonly string[]): { readonly database: string; readonly stopAtError: boolean } | undefined {
  try {
    const { values } = parseArgs({ args: [...argv], options: OPTIONS, strict: true });
    if (values['no-align'] !== true || values['tuples-only'] !== true) return undefined;
    if ((values.username ?? 'postgres') !== 'postgres') return undefined;
    const stopAtError = (values.set ?? []).some((one) => /^ON_ERROR_STOP=(1|on|true)$/i.test(one));
    return { database: values.dbname ?? 'postgres', stopAtError };
  } catch {
    return undefined;
  }
}

function fail(exitCode: number, complaint: string): ExecOutcome {
  return { stdout: '', stderr: `${complaint}\n`, exitCode };
}

async function run(client: pg.Client, parts: readonly ScriptPart[], stopAtError: boolean): Promise<ExecOutcome> {
  let stdout = '';
  let stderr = '';
  client.on('notice', ({ severity = 'NOTICE', message = '' }) => (stderr += `${severity}:  ${message}\n`));
  for (const part of parts) {
    if (part.kind === 'command') {
      if (part.name === 'q') break;
      if (part.name === 'echo') stdout += `${part.argument.replace(/^'(.*)'$/, '$1')}\n`;
      else stderr += `invalid command \\${part.name}\n`;
      continue;
    }
    try {
      const { rows } = await client.query<(string | null)[]>({
        text: part.text,
        rowMode: 'array',
        types: { getTypeParser },
      });
      stdout += rows.map((row) => `${row.map((value) => value ?? '').join('|')}\n`).join('');
    } catch (error) {
      // A terse psql: the words of the server, none of the script.
      const severity = error instanceof pg.DatabaseError ? (error.severity ?? 'ERROR') : 'ERROR';
      stderr += `${severity}:  ${error instanceof Error ? error.message : String(error)}\n`;
      if (stopAtError) return { stdout, stderr, exitCode: EXIT.scriptError };
    }
  }
  return { stdout, stderr, exitCode: 0 };
}

/** Every value as the server writes it. */
function getTypeParser(): (text: string) => string {
  return (text) => text;
}

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
 * only, `\echo`, `\q`, `\connect`, `\set`, `\gset`, `\if` that is not nested, ON_ERROR_STOP, and its words and exit codes for errors.
 */
export async function psql(server: PostgresServer, argv: readonly string[], script: string): Promise<ExecOutcome> {
  const options = parse(argv);
  if (options === undefined)
    return fail(EXIT.fatal, `psql: this sandbox's psql does not know the options ${argv.join(' ')}`);
  let said = { stdout: '', stderr: '' };
  let { database } = options;
  const variables: Variables = new Map();
  // One connection after the other: each section runs to the next `\connect`.
  for (let parts = splitScript(script); ;) {
    try {
      const ended = await server.asSuperuser(database, (client) => run(client, parts, variables, options.stopAtError));
      said = { stdout: said.stdout + ended.stdout, stderr: said.stderr + ended.stderr };
      if (ended.next === undefined) return { ...said, exitCode: ended.exitCode };
      ({ database, parts } = ended.next);
    } catch (error) {
      const { stderr } = fail(0, `psql: error: ${error instanceof Error ? error.message : String(error)}`);
      return { stdout: said.stdout, stderr: said.stderr + stderr, exitCode: EXIT.badConnection };
    }
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

/** What a script said until its end, or until it goes on in another database. */
interface Section extends ExecOutcome {
  readonly next?: { readonly database: string; readonly parts: ScriptPart[] };
}

type Variables = Map<string, string>;

async function run(
  client: pg.Client,
  parts: readonly ScriptPart[],
  variables: Variables,
  stopAtError: boolean,
): Promise<Section> {
  let stdout = '';
  let stderr = '';
  let skips = false;
  client.on('notice', ({ severity = 'NOTICE', message = '' }) => (stderr += `${severity}:  ${message}\n`));
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'command') {
      const { name, argument } = part;
      if (name === 'endif') skips = false;
      if (skips || name === 'endif') continue;
      if (name === 'q') break;
      if (name === 'connect') {
        const next = { database: databaseOf(argument), parts: parts.slice(index + 1) };
        return { stdout, stderr, exitCode: 0, next };
      }
      if (name === 'if') skips = !/^(t|true|on|yes|1)$/i.test(filledIn(argument, variables));
      else if (name === 'set') variables.set(...twoWords(argument));
      else if (name === 'echo') stdout += `${argument.replace(/^'(.*)'$/, '$1')}\n`;
      else stderr += `invalid command \\${name}\n`;
      continue;
    }
    if (skips) continue;
    try {
      const { rows, fields } = await client.query<(string | null)[]>({
        text: filledIn(part.text, variables),
        rowMode: 'array',
        types: { getTypeParser },
      });
      if (part.sets === true) fields.forEach(({ name }, column) => variables.set(name, rows[0]?.[column] ?? ''));
      else stdout += rows.map((row) => `${row.map((value) => value ?? '').join('|')}\n`).join('');
    } catch (error) {
      // A terse psql: the words of the server, none of the script.
      const severity = error instanceof pg.DatabaseError ? (error.severity ?? 'ERROR') : 'ERROR';
      stderr += `${severity}:  ${error instanceof Error ? error.message : String(error)}\n`;
      if (stopAtError) return { stdout, stderr, exitCode: EXIT.scriptError };
    }
  }
  return { stdout, stderr, exitCode: 0 };
}

/** `:name` where there is such a variable; psql leaves those within quotes alone, and no script here has any. */
function filledIn(text: string, variables: Variables): string {
  return text.replace(/(?<![:\w]):([a-z_]\w*)/gi, (whole, name: string) => variables.get(name) ?? whole);
}

function twoWords(text: string): [string, string] {
  const [name = '', ...value] = text.split(/\s+/);
  return [name, value.join(' ')];
}

/**
 * psql takes a name with `=` in it for a connection string (`recognized_connection_string`); ours has one field, and
 * keeps the rest of the connection.
 */
function databaseOf(argument: string): string {
  const name = unquoted(argument.replace(/^-reuse-previous=on\s+/, ''));
  if (!name.includes('=')) return name;
  const [, quoted] = /^dbname='((?:[^\\']|\\.)*)'$/.exec(name) ?? [];
  if (quoted === undefined || name === argument)
    throw new Error(`missing "=" after "${name}" in connection info string`);
  return quoted.replace(/\\(.)/g, '$1');
}

/** psql takes an identifier in double quotes, with a double quote doubled in it. */
function unquoted(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** Every value as the server writes it. */
function getTypeParser(): (text: string) => string {
  return (text) => text;
}

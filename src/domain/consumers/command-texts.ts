import { meaningOf } from '../secrets/index.ts';

/*
 * The names and values that a command gives to a program:
 *
 *   psql -h litellm-postgresql-rw -U litellm           {PGHOST: …, PGUSER: litellm}
 *   migrate --db-user=litellm --db-host litellm-rw     {db-user: litellm, db-host: …}
 *   PGUSER=litellm pg_dump "dbname=litellm"            {PGUSER: litellm}, and a DSN
 */

/** Each text of one command, with its place in the manifest. */
export interface CommandText {
  readonly name: string;
  readonly text: string;
  readonly where: string;
}

/** PostgreSQL's own programs that log in. `pg_isready` does not: any user's name will do for it. */
const LOGS_IN =
  /^(?:psql|pg_dump|pg_dumpall|pg_restore|pgbench|vacuumdb|reindexdb|clusterdb|createdb|dropdb|createuser|dropuser|pg_basebackup|pg_receivewal|pg_recvlogical|pg_amcheck|pgcli)$/;
const OTHER_PROGRAM = /^(?:pg_isready|initdb|pg_ctl|postgres)$/;

/** The options of PostgreSQL's programs by the variables of libpq. */
const OPTIONS: Readonly<Record<string, string>> = {
  U: 'PGUSER',
  username: 'PGUSER',
  h: 'PGHOST',
  host: 'PGHOST',
  d: 'PGDATABASE',
  dbname: 'PGDATABASE',
};

/** What one command says: its words come from several places of the manifest, in their order. */
export function commandTexts(texts: readonly (readonly [where: string, text: string])[]): readonly CommandText[] {
  const words = texts.flatMap(([where, text]) => wordsOf(text).map((word) => ({ where, word })));
  const found: CommandText[] = [];
  let program: 'logs in' | 'another' | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const { where, word } = words[index] ?? { where: '', word: '' };
    // sh -c "psql -U litellm"; the commands of `$(…)` have been taken out already.
    const plain = word.replace(/\$\([^()]*\)/g, '');
    if (/\s/.test(plain) && callsPostgres(plain)) {
      found.push(...commandTexts([[where, word]]));
      continue;
    }
    const base = word.replace(/^.*\//, '');
    if (LOGS_IN.test(base)) program = 'logs in';
    else if (OTHER_PROGRAM.test(base)) program = 'another';
    else if (/^[;&|]+$/.test(word)) program = undefined;
    if (program === 'another') continue;
    const [, name = '', value] = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(word) ?? [];
    const short = /^-([Uhd])(.+)$/s.exec(word);
    if (program === 'logs in' && short !== null) {
      found.push({ name: OPTIONS[short[1] ?? ''] ?? '', text: short[2] ?? '', where });
    } else if (name !== '') {
      const option = program === 'logs in' && Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
      if (option === undefined && meaningOf(name) === undefined) {
        // `--dsn=postgresql://…`
        if (value !== undefined) found.push({ name, text: value, where });
        continue;
      }
      const next = words[index + 1];
      if (value !== undefined) found.push({ name: option ?? name, text: value, where });
      else if (next !== undefined) found.push({ name: option ?? name, text: next.word, where: next.where });
    } else {
      const [, variable, assigned = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
      // A DSN begins like an assignment: `user=litellm host=…`.
      if (variable === undefined || /\s\w+=/.test(assigned)) found.push({ name: '', text: word, where });
      else found.push({ name: variable, text: assigned, where });
    }
  }
  return found;
}

/** Whether a text of a script calls one of PostgreSQL's programs that log in. */
export function callsPostgres(text: string): boolean {
  return wordsOf(text).some((word) => LOGS_IN.test(word.replace(/^.*\//, '')));
}

/** The command whose output stands there, such as `cat /etc/db/password` in `$(cat /etc/db/password)`. */
function commandAt(text: string, at: number): string | undefined {
  if (text.charAt(at + 1) !== '(') return undefined;
  const close = text.indexOf(')', at);
  const command = text.slice(at + 2, Math.max(close, at));
  return /\s/.test(command) && !command.includes('(') ? command : undefined;
}

/** The words of a shell's line; `;`, `|`, `&` and line breaks end a command. A text without white space is one word. */
function wordsOf(text: string): readonly string[] {
  if (!/\s/.test(text)) return [text];
  const words: string[] = [];
  /** Commands whose output stands in a word: `PGPASSWORD=$(cat /etc/db/password) psql …` has two. */
  const commands: string[] = [];
  let word: string | undefined;
  const end = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    const output = sign === '$' ? commandAt(text, at) : undefined;
    const close = sign === "'" || sign === '"' ? text.indexOf(sign, at + 1) : -1;
    if (close >= 0) {
      const inner = text.slice(at + 1, close);
      word = `${word ?? ''}${sign === '"' ? inner.replace(/\\(["\\$`])/g, '$1') : inner}`;
      at = close;
    } else if (output !== undefined) {
      word = `${word ?? ''}$(${output})`;
      if (callsPostgres(output)) commands.push(output);
      at += output.length + 2;
    } else if (sign === '\\') {
      at += 1;
      if (text.charAt(at) !== '\n') word = `${word ?? ''}${text.charAt(at)}`;
    } else if (/[;&|\n]/.test(sign)) {
      end();
      words.push(';');
    } else if (/\s/.test(sign)) end();
    else word = `${word ?? ''}${sign}`;
  }
  end();
  return [...words, ...commands.flatMap((command) => [';', ...wordsOf(command)])];
}

import dotenv from 'dotenv';
import fc from 'fast-check';
import ini from 'ini';
import { parse as parseConnectionString } from 'pg-connection-string';
import { getProperties } from 'properties-file';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { readLogins, rewrite } from '../../../src/domain/secrets/index.ts';
import { COMMON_WORDS } from '../../../src/domain/secrets/weakness.ts';

/*
 * A generator of each notation writes a text around a random password and remembers where it put it. The rewritten text
 * must be what the generator had before and after that span, with the new password between, and a parser that is not
 * ours must read it there.
 *
 *   PROPERTY_RUNS=200000 PROPERTY_SEED=7 npm run -s jest -- --selectProjects unit --testPathPatterns secrets/rewrite
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2000);
const SEED = Number(process.env['PROPERTY_SEED'] ?? Date.now() % 1_000_000_000);

interface Notation {
  readonly key: string;
  /** What the password is between, and how it is written there; `undefined` where the notation cannot hold it. */
  readonly write: (password: string, user: string, host: string) => readonly [string, string | undefined, string];
  /** An independent reader. */
  readonly read?: (text: string) => unknown;
}

const percent = encodeURIComponent;
const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const xml = (text: string): string | undefined =>
  /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text) || text !== text.trim()
    ? undefined
    : text.replace(/[&<>"'\t\n\r]/g, (one) => `&#${one.charCodeAt(0)};`);
const without = (pattern: RegExp, text: string, write = (one: string) => one): string | undefined =>
  pattern.test(text) ? undefined : write(text);
const plain = (text: string): string | undefined =>
  /^(?!true$|null$|yes$)[A-Za-z][\w-]{2,}$/.test(text) ? text : undefined;
const asConfig = (value: unknown): { password?: unknown; db?: { password?: unknown } } => value as never;

const NOTATIONS: Readonly<Record<string, Notation>> = {
  whole: { key: 'DB_PASSWORD', write: (p) => [' ', p.trim() === p ? p : undefined, '\n'], read: (t) => t.trim() },
  uri: {
    key: 'uri',
    write: (p, u, h) => [
      `postgresql://${percent(u)}:`,
      percent(p),
      `@${h}:5432/${percent(u)}?application_name=${percent(u)}`,
    ],
    read: (t) => parseConnectionString(t).password,
  },
  'uri, as base64 is put into it': {
    key: 'uri',
    write: (p, u, h) => [
      `postgresql://${percent(u)}:`,
      /^[A-Za-z][A-Za-z0-9+/=]*$/.test(p) ? p : undefined,
      `@${h}:5432/${percent(u)}`,
    ],
    read: (t) => /^[^:]+:\/\/[^:]+:(.*)@/.exec(t)?.[1],
  },
  query: {
    key: 'url',
    write: (p, u, h) => [`jdbc:postgresql://${h}/d?user=${percent(u)}&password=`, percent(p), '&ssl=true'],
    read: (t) => new URL(t.slice(5)).searchParams.get('password'),
  },
  libpq: {
    key: 'dsn',
    write: (p, u, h) => [
      `host=${h} password='`,
      p.replace(/[\\']/g, '\\$&'),
      `' user='${u.replace(/[\\']/g, '\\$&')}'`,
    ],
  },
  ado: {
    key: 'conn',
    write: (p, u, h) => [
      `Server=${h};User Id="${u.replaceAll('"', '""')}";Password="`,
      without(/[\r\n]/, p, (o) => o.replaceAll('"', '""')),
      '";Database=d',
    ],
  },
  odbc: {
    key: 'conn',
    write: (p, u, h) => [
      `Driver={X};Server=${h};Uid={${u.replaceAll('}', '}}')}};Pwd={`,
      without(/[\r\n]/, p, (o) => o.replaceAll('}', '}}')),
      '}',
    ],
  },
  pgpass: {
    key: '.pgpass',
    write: (p, u, h) => [
      `# c\n${h}:5432:d:${u.replace(/[\\:]/g, '\\$&')}:`,
      without(/[\r\n]|^\*$|\s$/, p, (o) => o.replace(/[\\:]/g, '\\$&')),
      '\n',
    ],
  },
  userlist: {
    key: 'userlist.txt',
    write: (p, u) => [`"${u.replaceAll('"', '""')}" "`, without(/[\r\n]/, p, (o) => o.replaceAll('"', '""')), '"\n'],
  },
  json: {
    key: 'config.json',
    write: (p, u) => [
      `{"password":1,"${json(u)}x":"${json(u)}","db":{"user":"${json(u)}", "password" : "`,
      json(p),
      '"}}',
    ],
    read: (t) => asConfig(JSON.parse(t)).db?.password,
  },
  'URI in JSON in JSON': {
    key: 'settings',
    write: (p, u, h) => [`{"a":"{\\"url\\":\\"postgres:\\\\/\\\\/${percent(u)}:`, percent(p), `@${h}\\"}","b":1}`],
    read: (t) => {
      const inner = JSON.parse((JSON.parse(t) as { a: string }).a) as { url: string };
      return decodeURIComponent(new URL(inner.url).password);
    },
  },
  'plain YAML': {
    key: 'a.yaml',
    write: (p) => ['# c\ndb:\n    password:   ', plain(p), ' # c\nb: [1, 2]\n'],
    read: (t) => asConfig(parseYaml(t)).db?.password,
  },
  'single-quoted YAML': {
    key: 'a.yaml',
    write: (p, u) => [
      `db: {user: "${json(u)}", password: '`,
      without(/[^\x20-\x7e\xa1-\ud7ff]/, p, (o) => o.replaceAll("'", "''")),
      "'} # c\n",
    ],
    read: (t) => asConfig(parseYaml(t)).db?.password,
  },
  'double-quoted YAML': {
    key: 'a.yaml',
    write: (p, u) => [
      `a: &x "${json(u)}"\nb: *x\ndb:\n- password: "`,
      json(p).replace(/[^\x20-\x7e]/g, (o) => `\\u${o.charCodeAt(0).toString(16).padStart(4, '0')}`),
      '"\n---\nz: 1\n',
    ],
  },
  'a YAML block': {
    key: 'a.yaml',
    write: (p) => ['db:\n  password: |\n     ', without(/[^\x21-\x7e]/, p), '\n  c: d\n'],
    read: (t) => (asConfig(parseYaml(t)).db?.password as string).trimEnd(),
  },
  toml: {
    key: 'a.toml',
    write: (p, u) => [
      `x = 1979-05-27 # c\n[db]\nuser = "${json(u)}"\npassword = "`,
      json(p).replaceAll('\x7f', '\\u007f'),
      '" # c\n',
    ],
    read: (t) => asConfig(parseToml(t)).db?.password,
  },
  'literal TOML': {
    key: 'a.toml',
    write: (p) => ["db.password = '", without(/[^\x20-\x7e]|'/, p), "'"],
    read: (t) => asConfig(parseToml(t)).db?.password,
  },
  ini: {
    key: 'a.ini',
    write: (p) => ['; c\n[db]\npassword = ', plain(p), '\nx = y\n'],
    read: (t) => asConfig(ini.parse(t)).db?.password,
  },
  env: {
    key: '.env',
    write: (p) => ['# c\nexport A=b\nDB_PASSWORD="', without(/[^\x20-\x7e]|[\\$`"]/, p), '" # c\n'],
    read: (t) => dotenv.parse(t)['DB_PASSWORD'],
  },
  properties: {
    key: 'a.properties',
    write: (p) => [
      '# c\na = b\\\n  c\ndb.password : ',
      p
        .replace(/[\\#!=: ]/g, '\\$&')
        .replace(/[^\x20-\x7e]/g, (o) => `\\u${o.charCodeAt(0).toString(16).padStart(4, '0')}`),
      '\nz=1\n',
    ],
    read: (t) => getProperties(t)['db.password'],
  },
  'XML elements': {
    key: 'a.xml',
    write: (p, u) => [
      `<?xml version="1.0"?>\r\n<!-- c --><c><db n="1"/><user>${xml(u) ?? 'u'}</user><password>`,
      xml(p),
      '</password></c>',
    ],
  },
  'XML attributes': {
    key: 'a.xml',
    write: (p, u) => [`<c>é😀<db user='${xml(u) ?? 'u'}' password='`, xml(p), "'/></c>"],
  },
};

/** What people take for passwords, and what notations themselves are made of. */
const WORDS = [...COMMON_WORDS, ...'user host true null postgresql rw yes 12345 uri url'.split(' ')];
const word = fc.constantFrom(...WORDS);
const hostName = fc.constantFrom(...WORDS.filter((one) => /^[a-z0-9-]+$/.test(one)));
const random = fc
  .oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 24 }) },
    { weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 24 }) },
    {
      weight: 2,
      arbitrary: fc.string({
        unit: fc.constantFrom(...Array.from('\'"\\:;{}%@/?#&=$ \n\t<>`abé')),
        minLength: 1,
        maxLength: 12,
      }),
    },
    { weight: 4, arbitrary: word },
  )
  .filter((text) => text.isWellFormed() && !text.includes('\0') && !/^[$%{E]/.test(text));
const around = (password: string) => fc.oneof(word, fc.constant(password), fc.constant(`${password}_b`));
const FRESH = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{39}$/);

declare global {
  interface String {
    isWellFormed(): boolean;
  }
}

describe(`a random password is rewritten where it stands and nowhere else (PROPERTY_SEED=${SEED})`, () => {
  test.each(Object.entries(NOTATIONS))(
    'in %s',
    (_, { key, write, read }) => {
      const texts = random.chain((password) => fc.tuple(fc.constant(password), around(password), hostName, FRESH));
      fc.assert(
        fc.property(texts, ([password, user, host, fresh]) => {
          const [before, written, after] = write(password, user, `${host}-rw`);
          fc.pre(written !== undefined);
          const text = before + written + after;
          const others = { other: password, SALT_KEY: password };
          const reading = readLogins({ [key]: text, ...others });
          const found = reading.logins.flatMap((login) =>
            login.password?.password.reveal() === password ? [login.password] : [],
          );
          expect([found.length, reading.notUnderstood.map(({ because }) => because)]).toEqual([1, expect.anything()]);
          const result = rewrite(
            { [key]: text, ...others },
            found.map((place) => ({ place, to: fresh })),
          );
          expect(result).toEqual({ changed: { [key]: before + fresh + after } });
          if (read !== undefined) expect(read(before + fresh + after)).toBe(fresh);
        }),
        { numRuns: Math.ceil(RUNS / Object.keys(NOTATIONS).length), seed: SEED, maxSkipsPerRun: 1000 },
      );
    },
    3_600_000,
  );
});

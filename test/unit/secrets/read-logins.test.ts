import { Password } from '../../../src/domain/password.ts';
import { readLogins, rewrite, strayPlaces, weakness, type Texts } from '../../../src/domain/secrets/index.ts';

const places = (texts: Texts): string[] =>
  readLogins(texts).logins.flatMap(({ password }) => (password ? [`${password.key}: ${password.within}`] : []));

/** The texts after each password was set to `to`. */
function withPassword(texts: Texts, to = 'N_e-w', templates = {}): Texts | string {
  const edits = readLogins(texts, templates).logins.flatMap(({ password }) =>
    password ? [{ place: password, to }] : [],
  );
  const result = rewrite(texts, edits, templates);
  return 'changed' in result ? result.changed : result.because;
}

describe('finding passwords by where they stand', () => {
  test("user, host and database that are spelt like the password of CNPG's Secret stay (A1)", () => {
    const uri = 'postgresql://litellm:litellm@litellm-postgresql-rw:5432/litellm';
    const texts = { username: 'litellm', password: 'litellm', uri };
    expect(places(texts)).toEqual(['password: ', 'uri: URI']);
    expect(withPassword(texts)).toEqual({ password: 'N_e-w', uri: uri.replace(':litellm@', ':N_e-w@') });
  });

  test('a key of JSON that is called like the password is none (A2)', () => {
    expect(withPassword({ 'config.json': '{"db":{"user":"n8n","password":"password"}}' })).toEqual({
      'config.json': '{"db":{"user":"n8n","password":"N_e-w"}}',
    });
  });

  test('a type or a scheme that is spelt like the password is none (A3)', () => {
    const texts = { DB_TYPE: 'postgresdb', GF_DATABASE_URL: 'postgres://grafana:postgres@h/d' };
    expect(withPassword(texts)).toEqual({ GF_DATABASE_URL: 'postgres://grafana:N_e-w@h/d' });
  });

  test("another label's user is not borrowed, and a salt is no password (A4)", () => {
    const texts = { GF_DATABASE_USER: 'grafana', GF_DATABASE_PASSWORD: 'X', SMTP_PASSWORD: 'X', SALT_KEY: 'X' };
    const logins = readLogins(texts).logins.map(({ label, user, password }) => [label, user?.text, password?.key]);
    expect(logins).toEqual([
      ['gf_database', 'grafana', 'GF_DATABASE_PASSWORD'],
      ['smtp', undefined, 'SMTP_PASSWORD'],
    ]);
  });

  test('of two passwords none takes the user of a third label', () => {
    const { logins } = readLogins({ SMTP_PASSWORD: 'a', REDIS_PASSWORD: 'b', DB_USER: 'c' });
    expect(logins.filter(({ password, user }) => password && user)).toEqual([]);
  });

  test('a URI says whose password it holds (A5)', () => {
    const [login] = readLogins({ DATABASE_URL: 'postgresql://langfuse:X@LF-postgresql-rw/langfuse' }).logins;
    expect(login).toMatchObject({ scheme: 'postgresql', user: { text: 'langfuse' }, database: { text: 'langfuse' } });
    expect(login?.hosts.map(({ text }) => text)).toEqual(['lf-postgresql-rw']);
  });

  test('one user and one password belong together whatever their labels', () => {
    const { logins } = readLogins({ username: 'app', POSTGRES_PASSWORD: 'x', DB_HOST: 'h' });
    expect(logins.find(({ password }) => password)?.user?.text).toBe('app');
  });

  test('what only refers to a password is none', () => {
    const reading = readLogins({ 'app.yaml': 'db:\n  password: ${DB_PASSWORD}\n', url: 'postgres://$(U):$(P)@h/d' });
    expect(reading.logins.filter(({ password }) => password)).toEqual([]);
    expect(reading.notUnderstood).toHaveLength(2);
  });
});

describe('writing a password in its notation (A6, A7, A9)', () => {
  const cases: readonly (readonly [string, string, string, string, string?])[] = [
    ['a URI', 'uri', 'postgres://u:a%2fb@h1:1,h2:2/d?x=a', 'postgres://u:N_e-w@h1:1,h2:2/d?x=a'],
    ['a URI, encoded', 'uri', 'postgres://u:a@h/d', 'postgres://u:%20%27%40%2F@h/d', " '@/"],
    ['a URI with a bare @ in the password', 'uri', 'postgresql://u:p@ss@host/db', 'postgresql://u:N_e-w@host/db'],
    [
      'a JDBC URI',
      'jdbc-uri',
      'jdbc:postgresql://h/d?password=p&user=u',
      'jdbc:postgresql://h/d?password=N_e-w&user=u',
    ],
    [
      'a JDBC URI with semicolons',
      'j',
      'jdbc:sqlserver://h;user=u;password={p;q}',
      'jdbc:sqlserver://h;user=u;password={N_e-w}',
    ],
    [
      'libpq in quotes',
      'dsn',
      "host=h user=u password='p\\'w' dbname=d",
      "host=h user=u password='a\\'b' dbname=d",
      "a'b",
    ],
    [
      'libpq without quotes',
      'dsn',
      'host=h user=u password=s3cr3t! dbname=d',
      "host=h user=u password='a b' dbname=d",
      'a b',
    ],
    ['ADO', 'c', 'Server=db;User Id=app;Password="a;b""c"', 'Server=db;User Id=app;Password="x""y"', 'x"y'],
    ['ODBC', 'c', 'Driver={PG};Uid=app;Pwd={a}}b}', 'Driver={PG};Uid=app;Pwd={N_e-w}'],
    ['pgpass', '.pgpass', '# c\nh:5432:d:u:a\\:b\\\\\n', '# c\nh:5432:d:u:x\\:y\n', 'x:y'],
    ['a userlist', 'userlist.txt', '"u" "a""b"\n', '"u" "x""y"\n', 'x"y'],
    ['JSON', 'c.json', '{"password":"a\\"\\u00e9"} ', '{"password":"x\\"y"} ', 'x"y'],
    ['a URI in JSON, other escapes kept', 'c', '{"u":"postgres:\\/\\/a:b@c"}', '{"u":"postgres:\\/\\/a:N_e-w@c"}'],
    ['JSON in JSON', 'c', '{"a":"{\\"password\\":\\"p\\"}"}', '{"a":"{\\"password\\":\\"x\\\\\\"y\\"}"}', 'x"y'],
    ['a plain YAML scalar', 'config.yaml', 'password: s3cr3t! # c', 'password: N_e-w # c'],
    ['plain YAML that must be quoted', 'c.yaml', 'password: abc # c', 'password: "true" # c', 'true'],
    ['single-quoted YAML', 'c.yaml', "password: 'it''s'", "password: 'a''b'", "a'b"],
    ['a YAML block', 'c.yaml', 'a:\n  password: |\n    old\nb: 1', 'a:\n  password: |\n    N_e-w\nb: 1'],
    ['TOML', 'c.toml', '[db]\npassword = "a\\"b" # c', '[db]\npassword = "N_e-w" # c'],
    ['literal TOML that must be basic', 'c.toml', "password = 'a'", 'password = "a\'b"', "a'b"],
    ['INI', 'c.ini', '[db]\nuser = u\npassword = p ', '[db]\nuser = u\npassword = N_e-w '],
    ['an env file', '.env', 'export A_PASSWORD="b c" # x', 'export A_PASSWORD="N_e-w" # x'],
    ['properties', 'a.properties', 'db.password: p\\:q\\\n  r', 'db.password: x\\:y', 'x:y'],
    ['an XML element', 'a.xml', '<a><password>a&amp;b</password></a>', '<a><password>x&lt;y</password></a>', 'x<y'],
    [
      'an XML attribute',
      'a.xml',
      '<a><add key="Password" value="p"/></a>',
      '<a><add key="Password" value="&quot;"/></a>',
      '"',
    ],
    ['base64 of user and password', 'basic_auth', 'dTpw\n', `${btoa('u:N_e-w')}\n`],
    ['base64 of a URI', 'URL_BASE64', btoa('postgres://u:p@h/d'), btoa('postgres://u:N_e-w@h/d')],
    [
      'a URI in a script',
      'init.sh',
      '#!/bin/sh\npsql "postgres://u:p@h/d" -c x',
      '#!/bin/sh\npsql "postgres://u:N_e-w@h/d" -c x',
    ],
    ['white space around a value', 'password', ' p\n', ' N_e-w\n'],
  ];
  test.each(cases.map(([name, key, before, after, to = 'N_e-w']) => [name, key, before, after, to] as const))(
    '%s',
    (...[, key, before, after, to]) => {
      expect(withPassword({ [key]: before }, to)).toEqual({ [key]: after });
    },
  );

  test("a notation of the site's own", () => {
    const templates = { redis: 'user {{user}} on >{{password}} …' };
    expect(withPassword({ redis: 'user app on >old ~* +@all' }, 'new', templates)).toEqual({
      redis: 'user app on >new ~* +@all',
    });
  });

  test.each([
    ['pgpass', '.pgpass', 'h:1:d:u:p', 'a\nb'],
    ['a CDATA section', 'a.xml', '<a><password><![CDATA[a]]></password></a>', ']]>'],
  ])('what %s cannot hold is refused', (_, key, text, to) => {
    expect(withPassword({ [key]: text }, to)).toBe('its notation cannot hold the new text');
  });
});

describe('a write that would be read differently is refused', () => {
  test('as white space around a value is no part of it', () => {
    expect(withPassword({ password: 'old' }, ' new')).toBe('it would not be read as it was written');
  });

  test("as a site's own notation knows no escape", () => {
    expect(withPassword({ r: '>old ~*' }, 'a b', { r: '>{{password}} …' })).toBe(
      'it would not be read as it was written',
    );
  });
});

describe('what is not understood', () => {
  test.each([
    ['JSON that does not parse', 'a.json', '{"password": "x'],
    ['a password with a raw slash that may be a port', 'u', 'postgres://u:12/ss@host/db'],
    ['a password with a raw slash and an @', 'u', 'postgres://u:p/s@s@host/db'],
    ['a percent sign that encodes nothing', 'u', 'postgres://u:p%zz@h/d'],
    ['a hash in an env file', '.env', 'DB_PASSWORD=a#b'],
    ['a bare colon in pgpass', '.pgpass', 'h:1:d:u:a:b'],
    ['a number that YAML reads differently', 'c.yaml', 'password: 0123'],
  ])('%s is said without its text', (_, key, text) => {
    const reading = readLogins({ [key]: text });
    expect(reading.logins.filter(({ password }) => password)).toEqual([]);
    expect(reading.notUnderstood.map((one) => one.key)).toEqual([key]);
  });

  test.each([
    '['.repeat(50_000),
    'a'.repeat(1_000_000),
    '\0',
    '<a>'.repeat(9_000),
    '%',
    'postgres://'.repeat(9_000),
    '\ud800',
  ])('nothing is thrown for odd text %#', (text) => {
    for (const key of ['x', 'a.json', 'a.xml', 'a.toml', 'a.properties', '.env', '.pgpass', 'auth', 'a.ini']) {
      expect(() => readLogins({ [key]: text })).not.toThrow();
    }
  });
});

test('a password at no place of a login is a stray', () => {
  const texts = {
    password: 'X1234567',
    SALT_KEY: 'X1234567',
    MASTER_KEY: 'sk-X1234567',
    'a.json': '{"token":"X1234567"}',
  };
  expect(strayPlaces(texts, readLogins(texts), Password.of('X1234567'))).toEqual([
    { key: 'MASTER_KEY', within: 'line 1', whole: false },
    { key: 'SALT_KEY', within: '', whole: true },
    { key: 'a.json', within: 'line 1', whole: true },
  ]);
});

test.each([
  ['short', 'is shorter than 8 characters'],
  ['LITELLM-DB', 'is a name of its own role, database or host'],
  ['PostgreSQL', 'is a common word'],
  ['kJ8fhw02jGsk', undefined],
])('the weakness of %s', (text, because) => {
  expect(weakness(Password.of(text), ['litellm-db'])).toBe(because);
});

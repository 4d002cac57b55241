import { Password } from '../../src/domain/password.ts';
import { holds, rerender, type SecretData } from '../../src/domain/secret-data.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const credential = (username: string, password: string) => ({ username, password: Password.of(password) });

/** Rerenders text values and gives back the changed ones as text. */
function change(values: Record<string, string>, old: string, next = 'new-password-1234567890'): Record<string, string> {
  const data: SecretData = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, bytes(value)]));
  const changed = rerender(data, credential('litellm', old), credential('litellm', next));
  return Object.fromEntries(Object.entries(changed).map(([key, value]) => [key, new TextDecoder().decode(value)]));
}

describe('rerendering a Secret', () => {
  const cases: readonly (readonly [string, Record<string, string>, string, Record<string, string>])[] = [
    ['sets the password key', { password: 'old-password' }, 'old-password', { password: 'new-password-1234567890' }],
    [
      'replaces the password in a URI',
      { uri: 'postgresql://litellm:old-password@db-rw:5432/litellm' },
      'old-password',
      { uri: 'postgresql://litellm:new-password-1234567890@db-rw:5432/litellm' },
    ],
    [
      'finds a password that stands percent-encoded, in either case of the digits',
      { a: 'postgresql://u:p%2Fss%2bw%3Drd%24x@h/d', b: 'postgresql://u:p%2fss%2Bw%3drd%24x@h/d' },
      'p/ss+w=rd$x',
      { a: 'postgresql://u:new-password-1234567890@h/d', b: 'postgresql://u:new-password-1234567890@h/d' },
    ],
    [
      'finds a password of which only some characters are encoded',
      { dsn: 'postgres://u:abc/def%2Bghi@h/d' },
      'abc/def+ghi',
      { dsn: 'postgres://u:new-password-1234567890@h/d' },
    ],
    [
      'replaces it in a pgpass line and in a JDBC URL',
      { pgpass: 'h:5432:d:u:old-password', 'jdbc-uri': 'jdbc:postgresql://h/d?password=old-password&user=u' },
      'old-password',
      {
        pgpass: 'h:5432:d:u:new-password-1234567890',
        'jdbc-uri': 'jdbc:postgresql://h/d?password=new-password-1234567890&user=u',
      },
    ],
    [
      'replaces every occurrence',
      { both: 'old-password and old-password' },
      'old-password',
      { both: 'new-password-1234567890 and new-password-1234567890' },
    ],
    [
      'encodes characters beyond ASCII byte by byte',
      { uri: 'postgres://u:gr%C3%BC%C3%9Fe-an-alle@h/d' },
      'grüße-an-alle',
      { uri: 'postgres://u:new-password-1234567890@h/d' },
    ],
    ['leaves values without the password alone', { host: 'db-rw', port: '5432' }, 'old-password', {}],
    [
      'does not take a short password for a part of a word, but finds it in a URI',
      { host: 'app-postgresql', uri: 'postgres://app:app@app-postgresql/app' },
      'app',
      { uri: 'postgres://app:new-password-1234567890@app-postgresql/app' },
    ],
    ['takes a pattern’s characters literally', { x: 'a.c*(d)[e]^f' }, 'a.c*(d)[e]', { x: 'new-password-1234567890^f' }],
  ];
  it.each(cases)('%s', (_, values, old, expected) => {
    expect(change(values, old)).toEqual(expected);
  });

  it('leaves bytes that are not text untouched, even where they hold the password', () => {
    const keystore = new Uint8Array([0xff, 0xfe, ...bytes('old-password')]);
    const changed = rerender({ keystore }, credential('u', 'old-password'), credential('u', 'new-password'));
    expect(changed).toEqual({});
  });

  it('restores every byte when what it replaced is put back', () => {
    const before: SecretData = {
      uri: bytes('postgres://u:p%2fss%2Fword@h/d\n'),
      password: bytes('p/ss/word'),
      host: bytes('h'),
    };
    const after = rerender(before, credential('u', 'p/ss/word'), credential('u', 'n'.repeat(40)));
    const live = { ...before, ...after };
    const kept = Object.fromEntries(Object.keys(after).map((key) => [key, before[key] ?? new Uint8Array()]));
    expect(holds({ ...live, ...kept }, before)).toBe(true);
    expect(holds(live, before)).toBe(false);
  });
});

describe('when another role takes over', () => {
  const FROM = credential('litellm', 'old-password/1');
  const TO = credential('litellm_a', 'new-password-1234567890');
  const taken = (values: Record<string, string>): Record<string, string> => {
    const data: SecretData = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, bytes(value)]));
    const changed = Object.entries(rerender(data, FROM, TO));
    return Object.fromEntries(changed.map(([key, value]) => [key, new TextDecoder().decode(value)]));
  };
  /** Each value beside the password, since a Secret without it is none of ours. */
  const cases: readonly (readonly [string, Record<string, string>, Record<string, string>])[] = [
    [
      'the keys that name a user change, and neither the database nor the host nor the owner of the same name',
      {
        username: 'litellm',
        user: 'litellm',
        DATABASE_USERNAME: 'litellm',
        PGUSER: 'litellm',
        dbname: 'litellm',
        DATABASE_NAME: 'litellm',
        PGDATABASE: 'litellm',
        host: 'litellm',
        owner: 'litellm',
        application: 'litellm',
      },
      { username: 'litellm_a', user: 'litellm_a', DATABASE_USERNAME: 'litellm_a', PGUSER: 'litellm_a' },
    ],
    [
      'the user of a URI changes with the password, and neither its host nor its database',
      { uri: 'postgresql://litellm:old-password%2F1@litellm:5432/litellm?application_name=litellm' },
      { uri: 'postgresql://litellm_a:new-password-1234567890@litellm:5432/litellm?application_name=litellm' },
    ],
    [
      'a user that stands percent-encoded is found',
      { uri: 'postgres://lite%6clm:old-password%2f1@h/litellm' },
      { uri: 'postgres://litellm_a:new-password-1234567890@h/litellm' },
    ],
    [
      'a URI of PostgreSQL without a password is a login of the role too, one of something else is not',
      {
        uri: 'postgresql+asyncpg://litellm@litellm/litellm',
        jdbc: 'jdbc:postgresql://litellm/litellm?user=litellm&ssl=true',
        cache: 'redis://litellm@cache:6379',
        tracing: 'https://litellm:another@litellm',
      },
      {
        uri: 'postgresql+asyncpg://litellm_a@litellm/litellm',
        jdbc: 'jdbc:postgresql://litellm/litellm?user=litellm_a&ssl=true',
      },
    ],
    [
      'a JDBC URL, a pgpass line and a DSN change where they name the user',
      {
        'jdbc-uri': 'jdbc:postgresql://litellm:5432/litellm?password=old-password%2F1&user=litellm',
        pgpass: 'litellm:5432:litellm:litellm:old-password/1\n',
        dsn: "host=litellm user='litellm' dbname=litellm password=old-password/1",
      },
      {
        'jdbc-uri': 'jdbc:postgresql://litellm:5432/litellm?password=new-password-1234567890&user=litellm_a',
        pgpass: 'litellm:5432:litellm:litellm_a:new-password-1234567890\n',
        dsn: "host=litellm user='litellm_a' dbname=litellm password=new-password-1234567890",
      },
    ],
    [
      'a file with several lines changes in the lines that name the user',
      {
        '.env': 'DB_NAME=litellm\nDB_USER=litellm\nDB_PASSWORD=old-password/1\nOTHER_USER=litellm-reader\n',
        'config.json': '{"database":"litellm","username": "litellm","password":"old-password/1"}',
        'config.yaml': 'database: litellm\nuser: litellm\npassword: old-password/1\n',
      },
      {
        '.env': 'DB_NAME=litellm\nDB_USER=litellm_a\nDB_PASSWORD=new-password-1234567890\nOTHER_USER=litellm-reader\n',
        'config.json': '{"database":"litellm","username": "litellm_a","password":"new-password-1234567890"}',
        'config.yaml': 'database: litellm\nuser: litellm_a\npassword: new-password-1234567890\n',
      },
    ],
    ['another user stays', { username: 'reader', DATABASE_USER: 'litellm_reader', uri: 'postgres://reader@h/d' }, {}],
  ];
  it.each(cases)('%s', (_, values, expected) => {
    const { password, ...rest } = taken({ ...values, password: 'old-password/1' });
    expect(rest).toEqual(expected);
    expect(password).toBe('new-password-1234567890');
  });

  it('a Secret that does not hold the password keeps its names', () => {
    expect(taken({ username: 'litellm', uri: 'postgresql://litellm@h/d' })).toEqual({});
  });

  it('the names change alone when the password is the same for both', () => {
    const data = { username: bytes('litellm'), password: bytes('old-password/1') };
    const changed = rerender(data, FROM, { username: 'litellm_a', password: FROM.password });
    expect(changed).toEqual({ username: bytes('litellm_a') });
  });
});

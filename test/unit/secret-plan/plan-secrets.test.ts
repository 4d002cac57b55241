import { HOST, inShort, OWN, planOf, secrets, uri, X, type Values, type World } from './world.ts';

describe('the password is found by where it stands', () => {
  it.each(['litellm', 'postgres', 'password', 'app'])('whatever word it is: %s', (word) => {
    const own = { uri: `postgresql://litellm:${word}@${HOST}:5432/litellm`, host: HOST, dbname: word };
    const others = {
      'n8n-config': { 'config.json': '{"db":{"user":"n8n","password":"own-1"}}' },
      grafana: { DB_TYPE: 'postgresdb', GF_DATABASE_URL: 'postgres://grafana:own@grafana-postgresql-rw/grafana' },
    };
    expect(inShort(planOf({ secrets: secrets(others, own, word) }, word))).toEqual({
      changes: [OWN, 'litellm-db-secret uri (URI)'],
    });
  });

  it('in an application’s own Secret that names the role', () => {
    const others = {
      'litellm-env': { DATABASE_URL: uri('litellm', X) },
      'litellm-parts': { DB_USER: 'litellm', DB_PASSWORD: X, DB_NAME: 'litellm' },
      'litellm-jdbc': { JDBC: `jdbc:postgresql://${HOST}:5432/litellm?user=litellm&password=${X}` },
    };
    expect(inShort(planOf({ secrets: secrets(others) }, X)).changes).toEqual([
      OWN,
      'litellm-env DATABASE_URL (URI)',
      expect.stringMatching(/^litellm-jdbc JDBC \(.*\)$/),
      'litellm-parts DB_PASSWORD',
    ]);
  });
});

describe('the same text is no evidence', () => {
  it.each<readonly [string, Values]>([
    ['another user’s keys', { GF_DATABASE_USER: 'grafana', GF_DATABASE_PASSWORD: X }],
    ['another user’s URI', { DATABASE_URL: uri('langfuse', X, 'langfuse-postgresql-rw') }],
    ['the role’s name at another Cluster', { DATABASE_URL: uri('litellm', X, 'litellm-postgresql-rw.staging') }],
    ['another kind of server', { REDIS_URL: `redis://litellm:${X}@${HOST}:6379` }],
  ])('of %s: the Secret is left alone, and said', (_, values) => {
    const plan = inShort(planOf({ secrets: secrets({ other: values }) }, X));
    expect(plan).toMatchObject({ changes: [OWN], leftAlone: [expect.stringContaining('other ')] });
    expect(plan).not.toHaveProperty('unclear');
  });

  it.each<readonly [string, Values]>([
    ['a password without a user', { 'redis-password': X }],
    ['a salt', { SALT_KEY: X }],
    ['a key with something before it', { MASTER_KEY: `sk-${X}` }],
    ['a mailer’s user that is spelt like the role', { SMTP_USER: 'litellm', SMTP_PASSWORD: X }],
    ['the role at a host that nobody knows', { DATABASE_URL: uri('litellm', X, 'old.example.com') }],
    ['a notation that nobody understands', { config: `connect litellm/${X} to db` }],
  ])('of %s: nothing is written before somebody says whose it is', (_, values) => {
    const plan = inShort(planOf({ secrets: secrets({ other: values }) }, X));
    expect(plan).toMatchObject({ changes: [OWN], unclear: [expect.stringContaining('other ')] });
    expect(plan).not.toHaveProperty('leftAlone');
  });

  it('of a word of every day: only a key that means a password is asked about', () => {
    const others = { a: { DB_TYPE: 'postgres', NOTE: 'postgres' }, b: { password: 'postgres' } };
    expect(inShort(planOf({ secrets: secrets(others, {}, 'postgres') }, 'postgres'))).toEqual({
      changes: [OWN],
      unclear: ['b password'],
    });
  });

  it('of a Secret that CNPG reads for another role', () => {
    const world = {
      secrets: secrets({ reader: { password: X } }),
      ofOtherRoles: [{ secret: 'reader', role: 'reader' }],
    };
    expect(inShort(planOf(world, X))).toEqual({ changes: [OWN], leftAlone: ['reader password'] });
  });
});

describe('a Secret that holds another text', () => {
  const others = { 'litellm-env': { DATABASE_URL: uri('litellm', 'of-before-0123') } };

  it('and logs in as the role is written, and told to be stale', () => {
    expect(inShort(planOf({ secrets: secrets(others) }, X)).changes).toEqual([
      OWN,
      'litellm-env DATABASE_URL (URI) stale',
    ]);
  });

  it('is written where PostgreSQL accepts that text', () => {
    const world = {
      secrets: secrets({ env: { DB_USER: 'litellm', DB_PASSWORD: 'works-0123' } }),
      accepted: ['works-0123'],
    };
    expect(inShort(planOf(world, X))).toEqual({ changes: [OWN, 'env DB_PASSWORD'] });
  });

  it('is left alone where it names the role without a host, and PostgreSQL refuses the text', () => {
    const admin = { 'litellm-ui': { UI_USERNAME: 'litellm', UI_PASSWORD: 'of-the-page' } };
    expect(inShort(planOf({ secrets: secrets(admin) }, X))).toEqual({
      changes: [OWN],
      leftAlone: ['litellm-ui UI_PASSWORD'],
    });
  });

  it('is found by the role where CNPG’s Secret holds a verifier', () => {
    const verifier = 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy';
    const world = { secrets: secrets({ env: { DATABASE_URL: uri('litellm', X) } }, {}, verifier) };
    const { changes } = planOf(world, X);
    expect(changes.map(({ secret, differs, stale }) => [secret, differs, stale])).toEqual([
      ['litellm-db-secret', true, undefined],
      ['env', undefined, undefined],
    ]);
  });
});

describe('a container says what it reads', () => {
  const workload = { kind: 'Deployment', namespace: 'ai-system', name: 'litellm' } as const;
  const password = { name: 'DB_PASSWORD', secret: 'litellm-pw', key: 'value' };
  const env = (variables: NonNullable<World['environments']>[number]['variables']) => ({
    secrets: secrets({ 'litellm-pw': { value: X } }),
    environments: [{ workload, container: 'litellm', variables }],
  });

  it('as the role’s password, beside the role’s name', () => {
    const plan = planOf(env([{ name: 'DB_USER', value: 'litellm' }, password]), X);
    expect(inShort(plan)).toEqual({ changes: [OWN, 'litellm-pw value'] });
    expect(plan.changes[1]?.why).toBe('Deployment litellm reads it as DB_PASSWORD for the role');
  });

  it('as the role’s password, in a URI that Kubernetes expands', () => {
    const url = { name: 'DATABASE_URL', value: `postgresql://litellm:$(DB_PASSWORD)@${HOST}/litellm` };
    expect(inShort(planOf(env([password, url]), X))).toEqual({ changes: [OWN, 'litellm-pw value'] });
  });

  it('as another user’s password', () => {
    expect(inShort(planOf(env([{ name: 'DB_USER', value: 'grafana' }, password]), X))).toEqual({
      changes: [OWN],
      leftAlone: ['litellm-pw value'],
    });
  });

  it('by all keys of a Secret', () => {
    const world = {
      secrets: secrets({ 'litellm-pw': { PASSWORD: X } }),
      environments: [
        {
          workload,
          container: 'litellm',
          variables: [
            { name: 'DB_HOST', value: HOST },
            { allOf: 'litellm-pw', prefix: 'DB_' },
          ],
        },
      ],
    };
    expect(inShort(planOf(world, X))).toEqual({ changes: [OWN, 'litellm-pw PASSWORD'] });
  });

  it('nothing, where two containers say two things', () => {
    const { secrets: all, environments } = env([{ name: 'DB_USER', value: 'litellm' }, password]);
    const other = { workload, container: 'b', variables: [{ name: 'DB_USER', value: 'grafana' }, password] };
    expect(inShort(planOf({ secrets: all, environments: [...environments, other] }, X))).toEqual({
      changes: [OWN],
      unclear: ['litellm-pw value'],
    });
  });
});

describe('the catalogue answers', () => {
  const others = { keys: { SALT: X, OTHER: X } };

  const otherSecrets = [{ name: 'keys', keys: { SALT: '' } }];

  it.each<readonly [string, World['component']]>([
    ['that a key is the password, or none of it', { otherSecrets, notSecrets: [{ name: 'keys', keys: ['OTHER'] }] }],
    ['with some keys of a Secret that the others are none of it', { otherSecrets }],
  ])('%s', (_, component) => {
    expect(inShort(planOf({ secrets: secrets(others), component }, X))).toEqual({
      changes: [OWN, 'keys SALT'],
      leftAlone: ['keys OTHER'],
    });
  });

  it('that a whole Secret is none of it', () => {
    const component = { notSecrets: [{ name: 'env' }] };
    const world = { secrets: secrets({ env: { DATABASE_URL: uri('litellm', X) } }), component };
    expect(inShort(planOf(world, X))).toEqual({ changes: [OWN], leftAlone: ['env DATABASE_URL (URI)'] });
  });

  it('how a notation of the site’s own is read', () => {
    const component = { otherSecrets: [{ name: 'own', keys: { DSN: 'connect litellm/{{password}} to db' } }] };
    const { changes } = inShort(
      planOf({ secrets: secrets({ own: { DSN: `connect litellm/${X} to db` } }), component }, X),
    );
    expect(changes).toEqual([OWN, expect.stringContaining('own DSN')]);
  });
});

describe('where another role takes over', () => {
  const world = (values: Values): World => ({ secrets: secrets({ env: values }), renames: true });

  it('the user changes with the password, wherever it means who logs in', () => {
    expect(inShort(planOf(world({ DATABASE_URL: uri('litellm', X) }), X)).changes).toEqual([
      OWN,
      'litellm-db-secret username user',
      'env DATABASE_URL (URI)',
      'env DATABASE_URL (URI) user',
    ]);
  });

  it('the user in the string of an ADO.NET driver does', () => {
    const { changes } = inShort(
      planOf(world({ C: `Server=${HOST};User Id=litellm;Password=${X};Database=litellm` }), X),
    );
    expect(changes.filter((one) => one.startsWith('env'))).toEqual([
      expect.stringMatching(/^env C \(.*\)$/),
      expect.stringMatching(/^env C \(.*\) user$/),
    ]);
  });

  it.each<readonly [string, Values, readonly string[]]>([
    ['a URI', { DATABASE_URL: uri('litellm', X) }, []],
    ['a key of the Secret', { DB_USER: 'litellm', DB_PASSWORD: X }, []],
    ['nothing but the container', { DB_HOST: HOST, DB_PASSWORD: X }, ['env']],
  ])('a Secret is told of that does not say the user: %s says it', (_, values, nameless) => {
    expect(planOf(world(values), X).nameless).toEqual(nameless);
  });
});

import { HOST, inShort, OWN, planOf, secrets, uri, X, type Values } from './world.ts';

describe('the host of a login stands in another key', () => {
  const keycloak = (host: string) => ({
    KC_DB_URL: `jdbc:postgresql://${host}:5432/keycloak`,
    KC_DB_USERNAME: 'litellm',
    KC_DB_PASSWORD: X,
  });

  it('of this Cluster', () => {
    expect(inShort(planOf({ secrets: secrets({ kc: keycloak(HOST) }) }, X))).toEqual({
      changes: [OWN, 'kc KC_DB_PASSWORD'],
    });
  });

  it.each<readonly [string, Values]>([
    ['a URL without a login', keycloak('other-rw')],
    [
      'a URL of a document',
      {
        'application.yaml': `spring:\n  datasource:\n    url: jdbc:postgresql://other-rw/l\n    username: litellm\n    password: ${X}\n`,
      },
    ],
    ['a link of Docker', { DB_HOST: 'tcp://other-rw:5432', DB_USER: 'litellm', DB_PASSWORD: X }],
  ])('of another Cluster, in %s: the password is left alone', (_, values) => {
    expect(inShort(planOf({ secrets: secrets({ kc: values }) }, X))).toMatchObject({
      changes: [OWN],
      leftAlone: [expect.stringContaining('kc ')],
    });
  });

  it('of a Service that the Cluster declares', () => {
    const world = {
      secrets: secrets({ env: { U: uri('litellm', X, 'pg-external-rw') } }),
      services: ['pg-external-rw'],
    };
    expect(inShort(planOf(world, X)).changes).toEqual([OWN, 'env U (URI)']);
  });
});

describe('a user of another label', () => {
  it.each<readonly [string, Values]>([
    ['a role of the application', { DEFAULT_USER_ROLE: 'pending', DATABASE_PASSWORD: X }],
    ['an administrator', { ADMIN_USERNAME: 'admin', DATABASE_PASSWORD: X }],
  ])('is no evidence against the role: %s', (_, values) => {
    expect(inShort(planOf({ secrets: secrets({ env: values }) }, X))).toEqual({
      changes: [OWN],
      unclear: ['env DATABASE_PASSWORD'],
    });
  });

  it('does not outweigh the Cluster’s host', () => {
    const values = { SMTP_USER: 'mail@x', DB_PASSWORD: X, DB_HOST: HOST };
    expect(inShort(planOf({ secrets: secrets({ env: values }) }, X)).changes).toEqual([OWN, 'env DB_PASSWORD']);
  });
});

describe('a login of a driver that nobody has listed', () => {
  it.each(['r2dbc:postgresql', 'pgx5', 'asyncpg', 'jdbc:otel:postgresql'])(
    'is known by the Cluster’s host: %s',
    (scheme) => {
      const { changes } = inShort(
        planOf({ secrets: secrets({ env: { U: uri('litellm', X).replace('postgresql', scheme) } }) }, X),
      );
      expect(changes).toEqual([OWN, expect.stringContaining('env U')]);
    },
  );
});

describe('a document with the passwords of several services', () => {
  const ini = `[database]\nhost=${HOST}:5432\nuser=litellm\n; password = ${X}\npassword = ${X}\n[security]\nadmin_user=admin\nadmin_password=${X}\n[smtp]\nuser=foo\npassword=${X}\n`;

  it('changes in the one of the database alone, also where the catalogue names the document', () => {
    const component = { otherSecrets: [{ name: 'g', keys: { 'grafana.ini': '' } }] };
    const plan = inShort(planOf({ secrets: secrets({ g: { 'grafana.ini': ini } }), component }, X));
    expect(plan.changes).toEqual([OWN, 'g grafana.ini (INI database.password)']);
    expect(plan).not.toHaveProperty('unclear');
  });
});

describe('a text in a notation of the site’s own', () => {
  const world = (keys: Readonly<Record<string, string>>) => ({
    secrets: secrets({ cfg: { DATABASE_URL: uri('litellm', X), DSN: `connect litellm/${X} to db` } }),
    component: { otherSecrets: [{ name: 'cfg', keys }] },
  });

  it('is asked about until the catalogue has a template for it', () => {
    const { unclear } = planOf(world({ DSN: '' }), X);
    expect(unclear).toEqual([expect.objectContaining({ key: 'DSN', unreadable: true })]);
    expect(inShort(planOf(world({ DSN: 'connect litellm/{{password}} to db' }), X)).changes).toEqual([
      OWN,
      'cfg DATABASE_URL (URI)',
      expect.stringContaining('cfg DSN'),
    ]);
  });

  it.each<readonly [string, Values]>([
    ['of a driver in Go, in JSON', { 'c.json': `{"dsn":"litellm:${X}@tcp(db)"}` }],
    ['base64 of a manifest', { 'm.yaml': `data:\n  password: ${btoa(X)}\n` }],
  ])('is asked about: %s', (_, values) => {
    expect(inShort(planOf({ secrets: secrets({ cfg: values }) }, X)).unclear).toHaveLength(1);
  });
});

describe('a bare user and password of another service', () => {
  it('is left alone where a container says so', () => {
    const variables = ['USER', 'PASS'].map((part, index) => ({
      name: `RABBITMQ_DEFAULT_${part}`,
      secret: 'rmq',
      key: index === 0 ? 'username' : 'password',
    }));
    const environments = [
      { workload: { kind: 'Deployment', namespace: 'ai-system', name: 'rmq' } as const, container: 'rmq', variables },
    ];
    const world = { secrets: secrets({ rmq: { username: 'litellm', password: X } }), environments };
    expect(inShort(planOf(world, X))).toEqual({ changes: [OWN], leftAlone: ['rmq password'] });
  });

  it('is asked about where the Secret’s name says so', () => {
    const world = { secrets: secrets({ 'litellm-rabbitmq-default-user': { username: 'litellm', password: X } }) };
    expect(inShort(planOf(world, X)).unclear).toEqual(['litellm-rabbitmq-default-user password']);
  });
});

describe('a verifier outside of CNPG’s Secret', () => {
  const verifier = 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy';
  const userlist = { 'userlist.txt': `"litellm" "${verifier}"\n` };

  it('changes with CNPG’s where both are the same', () => {
    const world = { secrets: secrets({ pgbouncer: userlist, env: { U: uri('litellm', X) } }, {}, verifier) };
    expect(inShort(planOf(world, X)).changes).toHaveLength(3);
  });

  it('is asked about where nothing says of which password it is', () => {
    expect(inShort(planOf({ secrets: secrets({ pgbouncer: userlist }) }, X)).unclear).toHaveLength(1);
  });
});

describe('what a place is called', () => {
  it('holds no name of a document that could be a secret', () => {
    const values = {
      'tokens.json': `{"skAbCdEf1234567890secret": "${uri('litellm', X)}", "${X}": {"password": "${X}"}}`,
    };
    expect(JSON.stringify(planOf({ secrets: secrets({ cfg: values }) }, X))).not.toMatch(/skAb|q8Zr/);
  });
});

describe('where another role takes over, a name', () => {
  it.each<readonly [string, Values]>([
    ['of an owner', { DB_OWNER_ROLE: 'litellm' }],
    ['of another service’s user', { OIDC_USER: 'litellm', APP_USER: 'litellm' }],
  ])('%s stays', (_, values) => {
    const world = { secrets: secrets({ env: { DATABASE_URL: uri('litellm', X), ...values } }), renames: true };
    const { changes } = inShort(planOf(world, X));
    expect(changes.filter((one) => one.startsWith('env'))).toEqual([
      'env DATABASE_URL (URI)',
      'env DATABASE_URL (URI) user',
    ]);
  });
});

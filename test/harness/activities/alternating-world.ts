import type { Dependencies } from '../../../src/activities/dependencies.ts';
import type { ClusterState } from '../../../src/domain/cluster.ts';
import { Password } from '../../../src/domain/password.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import { exampleComponent, HEALTHY_CLUSTER, KUBERNETES } from '../examples.ts';
import { TestCluster } from './test-cluster.ts';
import { inUri, whole } from '../rotation-input.ts';
import { acceptedLogin } from './accepted-login.ts';

export const ALTERNATING = exampleComponent({ name: 'litellm', strategy: 'alternating' });
const [A, B] = ALTERNATING.alternating.logins;

export const TURN_ROTATION: Rotation = {
  id: 'litellm-1',
  kubernetes: KUBERNETES,
  component: ALTERNATING,
  secrets: [ALTERNATING.secret, 'litellm-env'],
  places: [
    {
      secret: ALTERNATING.secret,
      places: [whole('username', 'user'), whole('password'), inUri('uri', 'user'), inUri('uri')],
    },
    { secret: 'litellm-env', places: [whole('DB_USER', 'user'), whole('DB_PASSWORD')] },
  ],
  passwordAt: { secret: ALTERNATING.secret, key: 'password', within: '' },
  workloads: [],
  turn: { active: A, idle: B },
};

export const ALTERNATING_CLUSTER: ClusterState = {
  ...HEALTHY_CLUSTER,
  managedRoles: [A, B].map(({ role, secret }) => ({
    name: role,
    ensure: 'present',
    login: true,
    inRoles: ['litellm'],
    passwordSecret: secret,
    declaredBy: 'managed.roles',
  })),
};

/** Two login roles, the first of which the application uses; PostgreSQL knows verifiers, as it does. */
export class AlternatingWorld extends TestCluster {
  /** What PostgreSQL stores. */
  readonly verifiers = new Map<string, string>();
  readonly sessions = new Map<string, number>();

  constructor(readonly password = 'old-password-0123456789') {
    super(password);
    this.cluster = ALTERNATING_CLUSTER;
    Object.assign(this.deps, this.#ownDeps());
    this.put(ALTERNATING.secret, {
      username: A.role,
      password,
      uri: `postgresql://${A.role}:${password}@litellm-postgresql-rw:5432/litellm`,
    });
    this.put('litellm-env', { DB_USER: A.role, DB_PASSWORD: password, DB_NAME: 'litellm' });
    this.put(A.secret, { username: A.role, password: scramVerifier(Password.of(password)) });
    this.put(B.secret, { username: B.role, password: scramVerifier(Password.of('of nobody')) });
    this.settle();
  }

  /** CNPG does its work: what stands in the Secrets of the roles is what PostgreSQL has. */
  settle(): void {
    const applied: Record<string, string> = {};
    for (const { role, secret } of [A, B]) {
      this.verifiers.set(role, this.text(secret, 'password'));
      applied[role] = this.secrets.get(secret)?.resourceVersion ?? '';
    }
    this.cluster = { ...this.cluster, appliedSecretVersions: applied };
  }

  accepts(role: string, password: string): boolean {
    const verifier = this.verifiers.get(role) ?? '';
    const salt = Buffer.from(/^SCRAM-SHA-256\$\d+:([^$]+)\$/.exec(verifier)?.[1] ?? '', 'base64');
    return scramVerifier(Password.of(password), salt) === verifier;
  }

  #ownDeps(): Partial<Dependencies> {
    return {
      findComponent: () => ALTERNATING,
      login: (_, { username, password }) =>
        Promise.resolve(
          this.accepts(username, password.reveal())
            ? acceptedLogin(username, { memberOf: ['litellm'] })
            : { accepted: false, sqlState: '28P01' },
        ),
      sessions: (_, { username, password }, { role, end }) => {
        if (!this.accepts(username, password.reveal())) return Promise.resolve(undefined);
        const found = this.sessions.get(role) ?? 0;
        const own = username === role;
        if (end && own) this.sessions.delete(role);
        return Promise.resolve({
          found,
          ended: end && own ? found : 0,
          clients: found > 0 && own ? ['10.244.0.9'] : [],
          byClient:
            found > 0 && own && !end
              ? [{ address: '10.244.0.9', role, sessions: found, since: '2026-11-24T07:00:00.000Z' }]
              : [],
        });
      },
      actingRoles: (_, { username, password }, names) =>
        Promise.resolve(
          this.accepts(username, password.reveal())
            ? names.map((name) => ({
                name,
                sessions: this.sessions.get(name) ?? 0,
                ...{ connectionLimit: -1, memberOf: name === 'litellm' ? [] : ['litellm'], settings: {} },
                ...(name !== 'litellm' && { actsAs: 'litellm' }),
              }))
            : undefined,
        ),
    };
  }
}

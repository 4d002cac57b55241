import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { passwordSecretOf, type RoleSpec } from '../../../src/domain/adopt/index.ts';
import { RotationError } from '../../../src/domain/failures.ts';
import { DONE } from '../../../src/postgres/login-roles.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import { Password } from '../../../src/domain/password.ts';
import { HEALTHY_CLUSTER } from '../examples.ts';
import { FakeCluster } from './fake-cluster.ts';
import { acceptedLogin } from './accepted-login.ts';

/** The fake world with a CNPG that makes and drops roles as a Cluster's spec says, at once, and their passwords. */
export class FakeCnpg extends FakeCluster {
  /** The number of the write that fails, counted from 1; as a worker that is killed before it. */
  failingWrite = 0;
  spec: RoleSpec;
  /** What CNPG says of a role that it cannot make or drop. */
  complaints: Readonly<Record<string, readonly string[]>> = {};
  /** Scripts that the superuser ran. */
  readonly scripts: string[] = [];
  /** Each role's password as PostgreSQL keeps it. */
  readonly verifiers = new Map<string, string>();
  #version = 1;

  constructor(spec: RoleSpec) {
    super();
    this.spec = spec;
    this.reconcile();
  }

  reconcile(): void {
    const { roles } = this.spec;
    const applied: Record<string, string> = {};
    for (const entry of roles) {
      const { name } = entry;
      const secret = this.secrets.get(passwordSecretOf(entry) ?? '');
      if (this.complaints[name] !== undefined) continue;
      if (entry['ensure'] === 'absent') {
        this.verifiers.delete(name);
        continue;
      }
      if (secret === undefined || this.text(secret.name, 'username') !== name) continue;
      const text = this.text(secret.name, 'password');
      this.verifiers.set(name, text.startsWith('SCRAM-') ? text : scramVerifier(Password.of(text)));
      applied[name] = secret.resourceVersion;
    }
    this.cluster = {
      ...HEALTHY_CLUSTER,
      managedRoles: roles.map((entry) => ({
        name: entry.name,
        ensure: entry['ensure'] === 'absent' ? 'absent' : 'present',
        login: true,
        declaredBy: 'managed.roles',
        passwordSecret: passwordSecretOf(entry) ?? '',
      })),
      appliedSecretVersions: applied,
      cannotReconcile: this.complaints,
    };
  }

  /** Whether PostgreSQL would let the role in with the password. */
  accepts(role: string, password: string): boolean {
    const verifier = this.verifiers.get(role);
    const salt = /^SCRAM-SHA-256\$\d+:([^$]+)\$/.exec(verifier ?? '')?.[1];
    return salt !== undefined && scramVerifier(Password.of(password), Buffer.from(salt, 'base64')) === verifier;
  }

  get world(): Dependencies {
    const { secrets } = this.deps;
    const write = async <T>(act: () => Promise<T>): Promise<T> => {
      if (this.writes.length + 1 === this.failingWrite) {
        this.failingWrite = 0;
        throw new RotationError('KubernetesUnavailable', 'the worker was killed');
      }
      const result = await act();
      this.reconcile();
      return result;
    };
    return {
      ...this.deps,
      secrets: {
        ...secrets,
        create: (secret) => write(() => secrets.create(secret)),
        change: (...change) => write(() => secrets.change(...change)),
        delete: (...gone) => write(() => secrets.delete(...gone)),
      },
      clusters: {
        ...this.deps.clusters,
        read: () =>
          Promise.resolve({
            state: this.cluster,
            declaredRoles: () => ({
              resourceVersion: String(this.#version),
              bootstrap: undefined,
              facts: { spec: this.spec, databaseRoles: {}, pgHba: [] },
            }),
          }),
      },
      roleSpecs: {
        change: (_, name, { resourceVersion, spec }) =>
          write(() => {
            if (resourceVersion !== String(this.#version)) return Promise.resolve(false);
            this.writes.push(
              `declare ${spec.roles.map((role) => `${role.name}${role['ensure'] === 'absent' ? '!' : ''}`).join(' ')}`,
            );
            this.#version += 1;
            this.spec = spec;
            return Promise.resolve(name !== '');
          }),
      },
      login: (_, { username, password }) =>
        Promise.resolve(
          this.accepts(username, password.reveal()) ? acceptedLogin(username) : { accepted: false, sqlState: '28P01' },
        ),
      psql: (_, __, script) => {
        this.scripts.push(script);
        const roles = [...this.verifiers.keys()].map((name) => ({
          ...{ name, superuser: false, replication: false, owns: 0, memberOf: [] },
        }));
        const facts = [
          { roles, ownedIn: [], sessions: [] },
          { cronJobsThatLogIn: 0, mappingsAsOwner: [], sessionUserIn: [] },
        ];
        const stdout = script.includes(DONE) ? DONE : facts.map((one) => JSON.stringify(one)).join('\n');
        return Promise.resolve({ succeeded: true, stdout, stderr: '' });
      },
    };
  }
}

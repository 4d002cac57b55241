import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { passwordSecretOf, type RoleEntry, type RoleSpec } from '../../../src/domain/adopt/index.ts';
import { RotationError } from '../../../src/domain/failures.ts';
import { DONE } from '../../../src/postgres/login-roles.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import { Password } from '../../../src/domain/password.ts';
import { HEALTHY_CLUSTER, LITELLM } from '../examples.ts';
import { clusterObject } from './cluster-object.ts';
import { TestCluster } from './test-cluster.ts';
import { acceptedLogin } from './accepted-login.ts';

/** A cluster whose CNPG makes and drops the roles that the Cluster's spec declares, and sets their passwords, at once. */
export class ReconcilingCluster extends TestCluster {
  /** The number of the write that fails, counted from 1; as a worker that is killed before it. */
  failingWrite = 0;
  /** What CNPG says of a role that it cannot make or drop. */
  complaints: Readonly<Record<string, readonly string[]>> = {};
  /** What PostgreSQL says to every login instead: a pg_hba.conf that trusts, or a password that CNPG never applied. */
  answers?: 'accepted' | 'refused';
  /** How often an object that is to be released is in use. */
  busyReleases = 0;
  /** Scripts that the superuser ran. */
  readonly scripts: string[] = [];
  /** Each role's password as PostgreSQL keeps it. */
  readonly verifiers = new Map<string, string>();
  /** The DatabaseRoles at the last look. */
  #declared: ReadonlyMap<string, RoleEntry> = new Map();

  constructor(spec: RoleSpec) {
    super();
    const { method, secret } = spec.bootstrap ?? { method: 'initdb' };
    const bootstrap = { [method]: { owner: 'litellm', database: 'litellm', secret: { name: secret } } };
    this.patchClusterSpec({ managed: { roles: spec.roles }, bootstrap });
    for (const { object, spec: role } of spec.databaseRoles ?? [])
      this.store.create('databaseroles', { metadata: { namespace: LITELLM.namespace, name: object }, spec: role });
    this.reconcile();
  }

  /** What the Cluster declares. */
  get spec(): RoleSpec {
    const { managed, bootstrap = {} } = this.clusterSpec as {
      readonly managed: Pick<RoleSpec, 'roles'>;
      readonly bootstrap?: Readonly<Record<string, { readonly secret?: { readonly name: string } }>>;
    };
    const databaseRoles = this.store.list('databaseroles').map(({ metadata, spec }) => ({
      object: metadata?.name ?? '',
      spec: spec as RoleEntry,
    }));
    return {
      roles: managed.roles,
      ...(databaseRoles.length > 0 && { databaseRoles }),
      bootstrap: { method: 'initdb', secret: bootstrap['initdb']?.secret?.name },
    };
  }

  /** Somebody declares the Cluster's roles in another way. */
  declare({ roles, bootstrap }: RoleSpec): void {
    const { method, secret } = bootstrap ?? { method: 'initdb' };
    this.patchClusterSpec({ managed: { roles }, bootstrap: { [method]: { secret: { name: secret } } } });
    this.reconcile();
  }

  reconcile(): void {
    const { roles, databaseRoles = [] } = this.spec;
    const applied: Record<string, string> = {};
    for (const entry of roles) {
      const { name } = entry;
      if (this.complaints[name] !== undefined) continue;
      const version = entry['ensure'] === 'absent' ? undefined : this.#apply(entry);
      if (entry['ensure'] === 'absent') this.verifiers.delete(name);
      if (version !== undefined) applied[name] = version;
    }
    for (const { object, spec } of databaseRoles) {
      const secretResourceVersion = this.#apply(spec);
      const body = { status: { applied: true, secretResourceVersion } };
      const key = { namespace: LITELLM.namespace, name: object };
      this.store.patch('databaseroles', key, { type: 'merge', body }, { subresource: 'status' });
    }
    for (const [object, spec] of this.#declared)
      if (!databaseRoles.some((one) => one.object === object) && spec['databaseRoleReclaimPolicy'] === 'delete')
        this.verifiers.delete(spec.name);
    this.#declared = new Map(databaseRoles.map(({ object, spec }) => [object, spec]));
    this.setClusterStatus({
      ...clusterObject(HEALTHY_CLUSTER, LITELLM).status,
      managedRolesStatus: {
        passwordStatus: Object.fromEntries(
          Object.entries(applied).map(([role, resourceVersion]) => [role, { resourceVersion }]),
        ),
        cannotReconcile: this.complaints,
      },
    });
  }

  /** @returns the version of the Secret whose password the role has now; undefined where the Secret cannot be used. */
  #apply(entry: RoleEntry): string | undefined {
    const secret = this.secrets.get(passwordSecretOf(entry) ?? '');
    if (secret === undefined || this.text(secret.name, 'username') !== entry.name) return undefined;
    const text = this.text(secret.name, 'password');
    this.verifiers.set(entry.name, text.startsWith('SCRAM-') ? text : scramVerifier(Password.of(text)));
    return secret.resourceVersion;
  }

  /** Whether PostgreSQL would let the role in with the password. */
  accepts(role: string, password: string): boolean {
    const verifier = this.verifiers.get(role);
    const salt = /^SCRAM-SHA-256\$\d+:([^$]+)\$/.exec(verifier ?? '')?.[1];
    return salt !== undefined && scramVerifier(Password.of(password), Buffer.from(salt, 'base64')) === verifier;
  }

  get world(): Dependencies {
    const { secrets, roleSpecs, databaseRoles } = this.deps;
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
      roleSpecs: {
        ...roleSpecs,
        change: (namespace, name, change) =>
          write(async () => {
            const changed = await roleSpecs.change(namespace, name, change);
            const { roles } = change.spec;
            if (changed)
              this.writes.push(
                `declare ${roles.map((role) => `${role.name}${role['ensure'] === 'absent' ? '!' : ''}`).join(' ')}`,
              );
            return changed;
          }),
      },
      databaseRoles: {
        ...databaseRoles,
        create: (namespace, name, role) =>
          write(async () => {
            this.writes.push(`create ${name}`);
            return databaseRoles.create(namespace, name, role);
          }),
        change: (namespace, version, spec) =>
          write(async () => {
            this.writes.push(`change ${version.name}`);
            return databaseRoles.change(namespace, version, spec);
          }),
        delete: (namespace, version) =>
          write(async () => {
            this.writes.push(`delete ${version.name}`);
            return databaseRoles.delete(namespace, version);
          }),
      },
      login: (_, { username, password }) => {
        const isIn =
          this.answers === undefined ? this.accepts(username, password.reveal()) : this.answers === 'accepted';
        return Promise.resolve(isIn ? acceptedLogin(username) : { accepted: false, sqlState: '28P01' });
      },
      psql: (_, __, script) => {
        this.scripts.push(script);
        if (script.includes('DROP OWNED') && this.busyReleases > 0) {
          this.busyReleases -= 1;
          const stderr = 'ERROR:  canceling statement due to lock timeout';
          return Promise.resolve({ succeeded: false, stdout: '', stderr });
        }
        for (const [, role = ''] of script.matchAll(/DROP ROLE IF EXISTS "([^"]+)"/g)) this.verifiers.delete(role);
        const roles = [...this.verifiers.keys()].map((name) => ({
          ...{ name, superuser: false, replication: false, owns: 0, connectionLimit: -1 },
          memberOf: name === LITELLM.role ? [] : [LITELLM.role],
        }));
        const facts = [
          {
            roles,
            ownedIn: [],
            loginsIn: [],
            sessions: [],
            serverVersion: 180_004,
            roleResets: [],
            otherDatabases: [],
            ownerActsAs: null,
          },
          { cronJobsThatLogIn: 0, mappingsAsOwner: [], sessionUserIn: [], loginTriggers: [], signallers: [] },
        ];
        const stdout = script.includes(DONE) ? DONE : facts.map((one) => JSON.stringify(one)).join('\n');
        return Promise.resolve({ succeeded: true, stdout, stderr: '' });
      },
    };
  }
}

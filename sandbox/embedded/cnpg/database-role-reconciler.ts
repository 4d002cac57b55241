import type pg from 'pg';
import { WorkQueue } from '../controllers/work-queue.ts';
import { readCluster, type Cluster } from './cluster.ts';
import { ROLE_FINALIZER } from './database-role-operator.ts';
import { databaseRolesOf, readDatabaseRole, type DeclaredRole } from './database-role.ts';
import type { InstanceManagerContext } from './instance-context.ts';
import { RESERVED } from './role-actions.ts';
import { readRoles, statements } from './role-sql.ts';
import { complaintOf, readCredential } from './secret-credential.ts';

const MANAGER = 'instance-manager';

/** After each failure, and after each success. */
const REQUEUE_MS = 30_000;

/**
 * The instance manager's part of a DatabaseRole (`internal/management/controller/databaserole_controller.go`, 1.30.0).
 * Any change of a DatabaseRole makes it look, and a new generation of its Cluster. It applies a role whose generation
 * is another than the observed one, or whose Secret has another version than the applied one by the operator's note;
 * nothing else: it never looks what PostgreSQL has.
 */
export class DatabaseRoleReconciler {
  readonly #queue = new WorkQueue((name) => this.#reconcile(name));

  constructor(private readonly context: InstanceManagerContext) {
    const { store, namespace, cluster: ofCluster, behaviour } = context;
    this.#queue.fedBy(
      store.subscribe('databaseroles', ({ type, object }) => {
        const { key, spec } = readDatabaseRole(object);
        if (type === 'DELETED' || key.namespace !== namespace || spec.cluster.name !== ofCluster) return;
        this.#queue.add(key.name, behaviour.syncDelayMs);
      }),
      store.subscribe('clusters', ({ type, object, previous }) => {
        const { namespace: at, name, generation } = object.metadata ?? {};
        if (type === 'DELETED' || at !== namespace || name !== ofCluster) return;
        if (previous?.metadata?.generation !== generation) this.#addAll();
      }),
    );
    this.#addAll();
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #addAll(): void {
    const { store, namespace, cluster, behaviour } = this.context;
    for (const { key } of databaseRolesOf(store, namespace, cluster)) this.#queue.add(key.name, behaviour.syncDelayMs);
  }

  async #reconcile(name: string): Promise<void> {
    const { store, namespace, cluster: ofCluster, pod } = this.context;
    const object = store.find('databaseroles', { namespace, name });
    const found = store.find('clusters', { namespace, name: ofCluster });
    if (object === undefined || found === undefined) return;
    const [role, cluster] = [readDatabaseRole(object), readCluster(found)];
    const isInline = cluster.spec.managed.roles.some((one) => one.name === role.spec.name);
    const { currentPrimary, targetPrimary } = found.status ?? {};
    if (isReconciled(role)) {
      if (role.isDeleted) return;
      if (isInline) this.#failed(role, 'database role is already managed by the CNPG cluster');
      if (isInline || role.status.applied === true) return;
    }
    if (currentPrimary !== pod || currentPrimary !== targetPrimary) {
      this.#lookAgain(role);
      return;
    }
    if (isInline && !role.isDeleted) {
      this.#failed(role, 'database role is already managed by the CNPG cluster');
      return;
    }
    if (role.isDeleted) return this.#delete(role, cluster);
    if (!role.finalizers.includes(ROLE_FINALIZER)) this.#writeFinalizers(role, [...role.finalizers, ROLE_FINALIZER]);
    const failure = this.#conflict(role) ?? this.#missingSecret(role);
    if (failure !== undefined) {
      this.#failed(role, failure);
      return;
    }
    await this.#apply(role).catch((error: unknown) =>
      this.#failed(role, error instanceof Error ? error.message : String(error)),
    );
  }

  /** Another DatabaseRole has this role: the first one that was applied keeps it. */
  #conflict({ key, spec, status }: DeclaredRole): string | undefined {
    if (status.observedGeneration > 0) return undefined;
    const other = databaseRolesOf(this.context.store, key.namespace, spec.cluster.name).find(
      (one) => one.key.name !== key.name && one.status.observedGeneration > 0 && one.spec.name === spec.name,
    );
    return other && `"${spec.name}" is already managed by object "${other.key.name}"`;
  }

  /** The operator grants an instance each Secret by its name, when it looks at the Cluster. */
  #missingSecret({ key, spec }: DeclaredRole): string | undefined {
    const name = spec.passwordSecret?.name;
    if (name === undefined) return undefined;
    if (!this.context.mayRead(name))
      return `secrets "${name}" is forbidden: User "system:serviceaccount:${key.namespace}:${spec.cluster.name}" cannot get resource "secrets" in API group "" in the namespace "${key.namespace}"`;
    const found = this.context.store.find('secrets', { namespace: key.namespace, name });
    return found === undefined ? `secrets "${name}" not found` : undefined;
  }

  async #apply(role: DeclaredRole): Promise<void> {
    const { spec, key } = role;
    if (RESERVED.has(spec.name))
      throw new Error(`role name "${spec.name}" is reserved and cannot be managed via DatabaseRole`);
    const secret = spec.passwordSecret?.name;
    const credential =
      secret === undefined ? undefined : readCredential(this.context.store, key.namespace, secret, spec.name);
    const complaint = credential && complaintOf(credential, secret ?? '', spec.name);
    if (complaint !== undefined) throw new Error(`while getting the role password: ${complaint}`);
    const password = credential?.kind === 'good' ? credential : undefined;
    await this.context.server.asSuperuser('postgres', (client) => alter(client, role, password?.password));
    this.#writeStatus(role, {
      applied: true,
      message: '',
      observedGeneration: role.generation,
      secretResourceVersion: password?.resourceVersion ?? '',
      ...(spec.password?.mode === 'generate' && { password: { appliedExpiration: spec.validUntil ?? null } }),
    });
    this.#lookAgain(role);
  }

  async #delete(role: DeclaredRole, cluster: Cluster): Promise<void> {
    if (!role.finalizers.includes(ROLE_FINALIZER)) return;
    const isOwn = !cluster.spec.managed.roles.some(({ name }) => name === role.spec.name);
    if (role.spec.databaseRoleReclaimPolicy === 'delete' && role.status.observedGeneration > 0 && isOwn) {
      try {
        await this.context.server.asSuperuser('postgres', (client) =>
          client.query(`DROP ROLE IF EXISTS ${client.escapeIdentifier(role.spec.name)}`),
        );
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#failed(role, `while deleting role ${role.spec.name} with role reconciler: ${why}`);
        return;
      }
    }
    const left = role.finalizers.filter((one) => one !== ROLE_FINALIZER);
    this.#writeFinalizers(role, left);
  }

  #failed(role: DeclaredRole, message: string): void {
    this.#writeStatus(role, { applied: false, message });
    this.#lookAgain(role);
  }

  #lookAgain({ key }: DeclaredRole): void {
    this.#queue.add(key.name, REQUEUE_MS);
  }

  #writeFinalizers({ key }: DeclaredRole, finalizers: readonly string[]): void {
    const body = { metadata: { finalizers } };
    this.context.store.patch('databaseroles', key, { type: 'merge', body }, { manager: MANAGER });
  }

  #writeStatus({ key }: DeclaredRole, status: object): void {
    const { store } = this.context;
    if (store.find('databaseroles', key) === undefined) return;
    const patch = { type: 'merge', body: { status } } as const;
    store.patch('databaseroles', key, patch, { subresource: 'status', manager: MANAGER });
  }
}

function isReconciled({ spec, status, generation, seenSecretVersion }: DeclaredRole): boolean {
  if (generation !== status.observedGeneration) return false;
  if (spec.password?.mode === 'generate' && spec.validUntil !== status.password?.appliedExpiration) return false;
  return spec.passwordSecret === undefined || status.secretResourceVersion === seenSecretVersion;
}

/** `updateExistingRole`, or `roles.Create`. */
async function alter(client: pg.Client, { spec }: DeclaredRole, password: string | undefined): Promise<void> {
  const found = (await readRoles(client)).find(({ name }) => name === spec.name);
  const grant = spec.inRoles.filter((role) => found?.memberOf.includes(role) !== true);
  const revoke = (found?.memberOf ?? []).filter((role) => !spec.inRoles.includes(role));
  const actions = [
    ...(found === undefined ? [{ kind: 'create' as const }] : []),
    { kind: 'memberships' as const, grant, revoke },
    ...(found === undefined ? [] : [{ kind: 'alter' as const }]),
    ...(password === undefined ? [] : [{ kind: 'password' as const }]),
    ...(spec.disablePassword ? [{ kind: 'drop-password' as const }] : []),
  ];
  await client.query('BEGIN');
  for (const action of actions)
    for (const sql of statements(action, spec, password ?? '', { hashes: true })) await client.query(sql);
  await client.query('COMMIT');
}

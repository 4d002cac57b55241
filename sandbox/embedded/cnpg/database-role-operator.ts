import type { Kinds, Store } from '../api/index.ts';
import { WorkQueue } from '../controllers/work-queue.ts';
import { reconcileGenerated, untilRenewalMs } from './generated-password.ts';
import { databaseRolesOf, readDatabaseRole, SECRET_CHANGE, type DeclaredRole } from './database-role.ts';

const MANAGER = 'Go-http-client';
const RELOAD_LABEL = 'cnpg.io/reload';
/** A timer of Node.js cannot wait longer than 24 days. */
const LONGEST_MS = 3_600_000;
export const ROLE_FINALIZER = 'cnpg.io/deleteRole';

export interface DatabaseRoleOperatorContext {
  readonly store: Store;
  readonly isUp: () => boolean;
  /** The operator's other controller has to look at a Cluster: its instances may read the Secrets of its roles. */
  readonly lookAtCluster: (key: string) => void;
}

/**
 * The operator's part of a DatabaseRole (`internal/controller/databaserole_controller.go`, 1.30.0). An instance manager
 * cannot watch Secrets, so the operator notes the Secret's version on the DatabaseRole. What makes the operator look:
 * any change of the DatabaseRole, a change of a Secret with the label `cnpg.io/reload` (a Secret that the Cluster owns
 * is not enough), and a new generation of the Cluster, which an annotation does not make.
 */
export class DatabaseRoleOperator {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));

  constructor(private readonly context: DatabaseRoleOperatorContext) {
    const { store, isUp } = context;
    this.#queue.fedBy(
      store.subscribe('databaseroles', ({ type, object, previous }) => {
        if (type === 'DELETED' || !isUp()) return;
        const role = readDatabaseRole(object);
        this.#add(role);
        if (previous?.metadata?.generation !== role.generation)
          context.lookAtCluster(`${role.key.namespace}/${role.spec.cluster.name}`);
      }),
      store.subscribe('secrets', ({ type, object }) => {
        if (type !== 'DELETED' && isUp() && RELOAD_LABEL in (object.metadata?.labels ?? {})) this.#ofSecret(object);
        // A Secret that CNPG generates belongs to its DatabaseRole.
        if (isUp()) this.#ofOwner(object);
      }),
      store.subscribe('clusters', ({ type, object, previous }) => {
        const { namespace = '', name = '', generation } = object.metadata ?? {};
        if (!isUp() || (type === 'MODIFIED' && previous?.metadata?.generation === generation)) return;
        for (const role of databaseRolesOf(store, namespace, name))
          if (type === 'DELETED') this.#release(role);
          else this.#add(role);
      }),
    );
  }

  /** At each start of the operator every DatabaseRole is looked at. */
  started(): void {
    for (const object of this.context.store.list('databaseroles')) this.#add(readDatabaseRole(object));
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #add({ key }: DeclaredRole): void {
    this.#queue.add(`${key.namespace}/${key.name}`);
  }

  #ofSecret({ metadata }: Kinds['secrets']): void {
    for (const object of this.context.store.list('databaseroles', { namespace: metadata?.namespace })) {
      const role = readDatabaseRole(object);
      if (role.spec.passwordSecret?.name === metadata?.name) this.#add(role);
    }
  }

  #ofOwner({ metadata }: Kinds['secrets']): void {
    const { namespace, ownerReferences = [] } = metadata ?? {};
    for (const { kind, name } of ownerReferences)
      if (kind === 'DatabaseRole') this.#queue.add(`${namespace ?? ''}/${name}`);
  }

  #reconcile(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const { store, isUp } = this.context;
    const found = store.find('databaseroles', { namespace, name });
    if (found === undefined || !isUp() || found.metadata?.deletionTimestamp !== undefined) return;
    reconcileGenerated(store, readDatabaseRole(found));
    const role = readDatabaseRole(store.get('databaseroles', { namespace, name }));
    const renewal = untilRenewalMs(role);
    if (renewal !== undefined) this.#queue.add(key, Math.min(Math.max(renewal, 1_000), LONGEST_MS));
    const { spec, status, seenSecretVersion } = role;
    const others = status.conditions.filter(({ type }) => type !== SECRET_CHANGE);
    if (spec.passwordSecret === undefined) {
      if (others.length < status.conditions.length) this.#writeConditions(namespace, name, others);
      return;
    }
    const secret = store.find('secrets', { namespace, name: spec.passwordSecret.name });
    const message = secret?.metadata?.resourceVersion;
    if (message === undefined || message === seenSecretVersion) return;
    const lastTransitionTime = new Date().toISOString();
    const noted = { type: SECRET_CHANGE, status: 'True', reason: 'ChangeDetected', message, lastTransitionTime };
    this.#writeConditions(namespace, name, [...others, noted]);
  }

  /** The Cluster is gone: nobody is left who could drop a role, or would have to. */
  #release({ key, finalizers }: DeclaredRole): void {
    const left = finalizers.filter((one) => one !== ROLE_FINALIZER);
    const body = { metadata: { finalizers: left } };
    if (left.length < finalizers.length)
      this.context.store.patch('databaseroles', key, { type: 'merge', body }, { manager: MANAGER });
  }

  #writeConditions(namespace: string, name: string, conditions: readonly object[]): void {
    const patch = { type: 'merge', body: { status: { conditions } } } as const;
    this.context.store.patch('databaseroles', { namespace, name }, patch, { subresource: 'status', manager: MANAGER });
  }
}

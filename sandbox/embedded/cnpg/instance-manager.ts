import pg from 'pg';
import type { LogLine } from '../api/index.ts';
import { WorkQueue } from '../controllers/work-queue.ts';
import {
  applicationDatabase,
  forgetsSuperuser,
  hasPasswordFixes,
  readCluster,
  superuserSecret,
  type Cluster,
  type ManagedRole,
} from './cluster.ts';
import { DatabaseRoleReconciler } from './database-role-reconciler.ts';
import { hasDatabaseRoles } from './database-role.ts';
import type { InstanceManagerContext } from './instance-context.ts';
import { nextRoleActions, RESERVED, type PasswordState } from './role-actions.ts';
import { complaintOf, readCredential, type SecretCredential } from './secret-credential.ts';
import { passwordStatement, readRoles, statements } from './role-sql.ts';

const MANAGER = 'instance-manager';

/** Errors of PostgreSQL that the status keeps before the fix: a role that others depend on, and one that does not exist. */
const RECORDED: ReadonlySet<string> = new Set(['2BP01', '42704']);

/**
 * CNPG's program in the pod of the primary. Nothing but a change of its Cluster makes it look; then it reads the
 * Secrets as they are and brings the roles to them. What fails while it alters a role is not tried again until the next
 * change; a bad Secret makes it start over, again and again.
 */
export class InstanceManager {
  /** What it prints. */
  readonly lines: LogLine[] = [];
  readonly #queue = new WorkQueue(
    () => this.#reconcile(),
    (_, error) =>
      this.#print('error', 'Reconciler error', { error: error instanceof Error ? error.message : String(error) }),
  );
  /** Versions of Secrets that the second path applied since this program started. */
  readonly #ownVersions = new Map<string, string>();

  readonly #databaseRoles: DatabaseRoleReconciler | undefined;

  constructor(private readonly context: InstanceManagerContext) {
    if (hasDatabaseRoles(context.version)) this.#databaseRoles = new DatabaseRoleReconciler(context);
  }

  clusterChanged(): void {
    this.#queue.add('cluster', this.context.behaviour.syncDelayMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.#queue.close(), this.#databaseRoles?.close()]);
  }

  async #reconcile(): Promise<void> {
    const { store, namespace, cluster: name } = this.context;
    const object = store.find('clusters', { namespace, name });
    if (object === undefined) return;
    const cluster = readCluster(object);
    if (cluster.disabled) return;
    // In CNPG's order: what is wrong with the second path does not keep the managed roles from theirs.
    await this.#reconcileRoles(cluster);
    await this.#applyOwnSecrets(cluster);
  }

  /**
   * The second path, as `refreshCredentialsFromSecret` goes it: the superuser first, then the owner by bootstrap,
   * whatever the managed roles say.
   */
  async #applyOwnSecrets(cluster: Cluster): Promise<void> {
    const secret = superuserSecret(cluster);
    if (cluster.spec.enableSuperuserAccess) await this.#applySecret('postgres', secret);
    else await this.#disableSuperuser(secret);
    const application = applicationDatabase(cluster);
    if (application !== undefined) await this.#applySecret(application.owner, application.secret);
  }

  /** As `DisableSuperuserPassword`: nobody logs in with a password as the superuser without access. */
  async #disableSuperuser(secret: string): Promise<void> {
    await this.context.server.asSuperuser('postgres', async (client) => {
      const { rowCount } = await client.query(
        "SELECT FROM pg_authid WHERE rolname = 'postgres' AND rolpassword IS NOT NULL",
      );
      if (rowCount !== 0) await client.query('ALTER ROLE postgres WITH PASSWORD NULL');
    });
    if (forgetsSuperuser(this.context.version)) this.#ownVersions.delete(secret);
  }

  async #applySecret(role: string, secretName: string): Promise<void> {
    const credential = this.#credential(secretName, role);
    if (credential.kind === 'absent') return;
    if (credential.kind === 'bad') throw new Error(credential.why);
    if (this.#ownVersions.get(secretName) === credential.resourceVersion) return;
    const { password, resourceVersion } = credential;
    await this.context.server.asSuperuser('postgres', (client) =>
      client.query(passwordStatement(role, password, this.#hashes())),
    );
    this.#ownVersions.set(secretName, resourceVersion);
  }

  async #reconcileRoles(cluster: Cluster): Promise<void> {
    const declared = cluster.spec.managed.roles.filter(({ name }) => !RESERVED.has(name));
    if (declared.length === 0) return;
    const credentials = new Map(declared.map((role) => [role.name, this.#passwordOf(role)]));
    const bad = declared.filter(({ name }) => credentials.get(name)?.kind === 'bad');
    if (bad.length > 0 && !this.#isFixed) throw new Error(this.#complaint(credentials, bad[0]));
    for (const role of bad)
      this.#writeStatus({ cannotReconcile: { [role.name]: [this.#complaint(credentials, role)] } });
    const healthy = declared.filter((role) => !bad.includes(role));
    await this.context.server.asSuperuser('postgres', async (client) => {
      const applied = cluster.status.managedRolesStatus.passwordStatus;
      const work = await this.#plan(client, healthy, applied, credentials);
      // As CNPG does, before anything is done: so this field proves nothing.
      this.#writeStatus({ byStatus: byStatus(cluster, work) });
      for (const { role, actions } of work) await this.#apply(client, role, actions, credentials);
    });
  }

  async #plan(
    client: pg.Client,
    roles: readonly ManagedRole[],
    applied: Readonly<Record<string, PasswordState>>,
    credentials: ReadonlyMap<string, SecretCredential>,
  ) {
    const found = await readRoles(client);
    return roles.map((role) => {
      const credential = credentials.get(role.name);
      const version = credential?.kind === 'good' ? credential.resourceVersion : undefined;
      const inDatabase = found.find(({ name }) => name === role.name);
      return { role, actions: nextRoleActions(role, inDatabase, applied[role.name], version) };
    });
  }

  async #apply(
    client: pg.Client,
    role: ManagedRole,
    actions: ReturnType<typeof nextRoleActions>,
    credentials: ReadonlyMap<string, SecretCredential>,
  ): Promise<void> {
    if (actions.length === 0) return;
    const credential = credentials.get(role.name);
    const password = credential?.kind === 'good' ? credential.password : '';
    try {
      for (const action of actions)
        for (const sql of statements(action, role, password, this.#hashes())) await client.query(sql);
      this.#writeStatus({ cannotReconcile: { [role.name]: null } });
    } catch (error) {
      const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
      const message = error instanceof Error ? error.message : String(error);
      this.#print('error', 'while performing role actions', { role: role.name, error: message });
      if (RECORDED.has(state) || this.#isFixed) this.#writeStatus({ cannotReconcile: { [role.name]: [message] } });
      return;
    }
    const after = (await readRoles(client)).find(({ name }) => name === role.name);
    const state =
      after === undefined
        ? null
        : {
            transactionID: after.transactionId,
            ...(credential?.kind === 'good' && { resourceVersion: credential.resourceVersion }),
          };
    this.#writeStatus({ passwordStatus: { [role.name]: state } });
  }

  #passwordOf({ name, ensure, passwordSecret }: ManagedRole): SecretCredential {
    if (ensure === 'absent' || passwordSecret === undefined) return { kind: 'absent' };
    const credential = this.#credential(passwordSecret.name, name);
    const why = this.#isFixed ? complaintOf(credential, passwordSecret.name, name) : undefined;
    return why === undefined ? credential : { kind: 'bad', why };
  }

  #credential(name: string, role: string): SecretCredential {
    return readCredential(this.context.store, this.context.namespace, name, role);
  }

  #complaint(credentials: ReadonlyMap<string, SecretCredential>, role: ManagedRole | undefined): string {
    const credential = credentials.get(role?.name ?? '');
    return credential?.kind === 'bad' ? credential.why : '';
  }

  /** From then on a password reaches PostgreSQL as a verifier, and the status tells of each role that CNPG leaves out. */
  get #isFixed(): boolean {
    return hasPasswordFixes(this.context.version);
  }

  #hashes(): { readonly hashes: boolean } {
    return { hashes: this.#isFixed };
  }

  #writeStatus(managedRolesStatus: object): void {
    const { store, namespace, cluster: name } = this.context;
    const body = { status: { managedRolesStatus } };
    store.patch('clusters', { namespace, name }, { type: 'merge', body }, { subresource: 'status', manager: MANAGER });
  }

  #print(level: string, msg: string, more: object): void {
    const at = new Date();
    const entry = { level, ts: at.toISOString(), msg, logging_pod: this.context.pod, ...more };
    this.lines.push({ at, text: JSON.stringify(entry) });
  }
}

function byStatus(
  { spec }: Cluster,
  work: readonly { readonly role: ManagedRole; readonly actions: readonly unknown[] }[],
): Record<string, readonly string[] | null> {
  const names = (pending: boolean): string[] =>
    work.filter(({ actions }) => actions.length > 0 === pending).map(({ role }) => role.name);
  const orNull = (list: readonly string[]): readonly string[] | null => (list.length === 0 ? null : list);
  const reserved = spec.managed.roles.map(({ name }) => name).filter((name) => RESERVED.has(name));
  return {
    reconciled: orNull(names(false)),
    'pending-reconciliation': orNull(names(true)),
    reserved: [...new Set([...RESERVED, ...reserved])],
  };
}

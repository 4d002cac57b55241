import type { Duplex } from 'node:stream';
import net from 'node:net';
import { ApiError, type LogLine, type Store } from '../api/index.ts';
import type { PostgresServer } from '../postgres/server.ts';
import { toInstanceLog } from '../postgres/log.ts';
import { podStatus, writePodStatus } from '../pods/pod-status.ts';
import { applicationDatabase, instanceName, type Cluster } from './cluster.ts';
import type { InstanceManagerContext } from './instance-context.ts';
import { InstanceManager } from './instance-manager.ts';

const POSTGRES_PORT = 5432;

/** One instance: its PostgreSQL, the instance manager beside it, and the status of their pod. */
export class Instance {
  readonly pod: string;
  manager: InstanceManager;
  #running = false;

  constructor(
    private readonly store: Store,
    private readonly cluster: Cluster,
    readonly server: PostgresServer,
    private readonly context: Pick<InstanceManagerContext, 'behaviour' | 'version' | 'mayRead'>,
  ) {
    this.pod = instanceName(cluster);
    this.manager = this.#newManager();
  }

  /** The owner and the database, as the first start makes them, or the copy of another Cluster brings them. */
  async bootstrap(): Promise<void> {
    const application = applicationDatabase(this.cluster);
    if (application === undefined) return;
    await this.server.asSuperuser('postgres', async (client) => {
      const name = client.escapeIdentifier(application.owner);
      await client.query(`CREATE ROLE ${name} LOGIN`);
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(application.database)} OWNER ${name}`);
    });
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** Tells that the pod runs; the server does already. */
  announce(): void {
    this.#running = true;
    const startTime = new Date();
    const container = { name: 'postgres', image: this.cluster.spec.imageName };
    const state = { running: { startedAt: startTime.toISOString().replace(/\.\d+Z$/, 'Z') } };
    const pod = { address: '127.0.0.1', startTime, ready: true, readySince: startTime, restarts: 0, state };
    writePodStatus(this.store, this.cluster.namespace, this.pod, podStatus(container, pod));
    this.manager.clusterChanged();
  }

  async restart(): Promise<void> {
    await this.server.start();
    this.manager = this.#newManager();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.manager.close();
    await this.server.stop();
  }

  /** What the container `postgres` has printed: the instance manager's lines and PostgreSQL's, in order. */
  async log(): Promise<LogLine[]> {
    const ofPostgres = toInstanceLog(await this.server.log(), this.pod);
    return [...ofPostgres, ...this.manager.lines].sort((a, b) => a.at.getTime() - b.at.getTime());
  }

  connect(port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      if (port !== POSTGRES_PORT || !this.#running) {
        reject(ApiError.badRequest(`nothing listens on port ${port} of pod ${this.pod}`));
        return;
      }
      const socket = net.connect(this.server.port, '127.0.0.1');
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
    });
  }

  #newManager(): InstanceManager {
    const { namespace, name: cluster } = this.cluster;
    return new InstanceManager({
      store: this.store,
      server: this.server,
      namespace,
      cluster,
      pod: this.pod,
      ...this.context,
    });
  }
}

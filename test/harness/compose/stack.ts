import { chownSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { stringify } from 'yaml';
import { workerKubeconfig } from '../../../sandbox/common/worker-account.ts';
import { run, type Environment } from '../../../sandbox/harness/programs.ts';
import type { Haystack } from '../../../sandbox/harness/secret-scan.ts';
import type { World } from '../../../sandbox/harness/world.ts';
import { ENGINE_ENVIRONMENT } from '../../../tools/compose/engine.ts';
import { BASE_IMAGES, VERSIONS } from '../../../tools/compose/images.ts';

/** Who owns the worker's kubeconfig, and so whom the worker runs as: not root. */
export const OWNER = 1000;
const ADDRESS = 'localhost:7233';
export const WEB_UI = 'http://localhost:8080';

export interface Container {
  readonly ID: string;
  readonly Service: string;
  readonly State: string;
  readonly Health: string;
  readonly ExitCode: number;
}

/** docker-compose.yml as a person runs it, with the settings that its head names. */
export class Stack {
  #connection: Connection | undefined;

  private constructor(private readonly environment: Environment) {}

  /**
   * @param folder for the kubeconfig, and for the file that names the base images of the worker's.
   * @param databasePassword of the stack's own PostgreSQL.
   */
  static async prepare(world: World, folder: string, databasePassword: string): Promise<Stack> {
    const kubeconfig = await workerKubeconfig(world.config, path.join(folder, 'rotator.kubeconfig'));
    chownSync(kubeconfig, OWNER, OWNER);
    const baseImages = path.join(folder, 'base-images.yml');
    writeFileSync(baseImages, stringify({ services: { worker: { build: { args: BASE_IMAGES } } } }));
    return new Stack({
      ...ENGINE_ENVIRONMENT,
      ...VERSIONS,
      COMPOSE_FILE: ['docker-compose.yml', baseImages].join(path.delimiter),
      KUBECONFIG: kubeconfig,
      CNPG_ROTATOR_UID: String(OWNER),
      CNPG_ROTATOR_GID: String(OWNER),
      TEMPORAL_DB_PASSWORD: databasePassword,
    });
  }

  /** With one more file after docker-compose.yml. */
  with(file: string): Stack {
    const files = `${this.environment['COMPOSE_FILE'] ?? ''}${path.delimiter}${file}`;
    return new Stack({ ...this.environment, COMPOSE_FILE: files });
  }

  /** Runs `docker compose`. @returns stdout. @throws with what the command printed. */
  compose(...args: readonly string[]): Promise<string> {
    return this.docker('compose', ...args);
  }

  async docker(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run('docker', args, this.environment);
    if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** `docker compose up`, until every service runs or is done. @throws with the last words of each service too. */
  async up(...more: readonly string[]): Promise<void> {
    try {
      await this.compose('up', '--detach', '--wait', ...more);
    } catch (error) {
      throw new Error(`${String(error)}\n${await this.compose('logs', '--no-color', '--tail', '20')}`, {
        cause: error,
      });
    }
  }

  async containers(): Promise<readonly Container[]> {
    const lines = (await this.compose('ps', '--all', '--format', 'json')).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Container);
  }

  /** Kills the first process of each service's container, as a crash does: Docker does not start again what it killed itself. */
  async crash(...services: readonly string[]): Promise<void> {
    const ids = (await this.containers()).filter(({ Service }) => services.includes(Service)).map(({ ID }) => ID);
    const pids = (await this.docker('inspect', '--format', '{{.State.Pid}}', ...ids)).trim().split('\n');
    const kill = ['sh', '-c', 'kill -KILL "$@"', 'sh', ...pids];
    await this.docker('run', '--rm', '--pid=host', BASE_IMAGES.DEBIAN_IMAGE, ...kill);
  }

  /** How often Docker has started the container of a service again. */
  async restarts(service: string): Promise<number> {
    const id = (await this.compose('ps', '--all', '--quiet', service)).trim();
    return Number(await this.docker('inspect', '--format', '{{.RestartCount}}', id));
  }

  /** Runs a command in the worker's container. */
  inWorker(...args: readonly string[]): Promise<string> {
    return this.compose('exec', '--no-TTY', 'worker', ...args);
  }

  /** By the published port. */
  async client(): Promise<Client> {
    this.#connection ??= await Connection.connect({ address: ADDRESS });
    return new Client({ connection: this.#connection });
  }

  /** Whether an activity of a workflow had to begin again, or whether workers of several containers have worked on it. */
  async wasInterrupted(workflowId: string): Promise<boolean> {
    const { events } = await (await this.client()).workflow.getHandle(workflowId).fetchHistory();
    const started = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: one }) => one ?? []);
    const workers = new Set(started.map(({ identity }) => identity));
    return workers.size > 1 || started.some(({ attempt }) => (attempt ?? 1) > 1);
  }

  /** What the containers print, which arguments they have, and every history. */
  async traces(): Promise<readonly Haystack[]> {
    const found: Haystack[] = [
      { name: 'the logs of the containers', text: await this.compose('logs', '--no-color') },
      { name: 'the arguments of the processes', text: await this.compose('top') },
    ];
    const { workflow } = await this.client();
    for await (const { workflowId, runId } of workflow.list()) {
      const history = await workflow.getHandle(workflowId, runId).fetchHistory();
      found.push({ name: `the history of ${workflowId}`, text: JSON.stringify(historyToJSON(history)) });
    }
    return found;
  }

  /** `docker compose down` with the database. */
  async down(): Promise<void> {
    await this.#connection?.close();
    await this.compose('down', '--volumes', '--timeout', '30');
  }
}

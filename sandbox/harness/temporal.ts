import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import getPort from 'get-port';
import { startDevServer, type DevServer, type DevServerOptions } from '../../src/temporal/dev-server/dev-server.ts';
import { findTemporalCli } from '../../src/temporal/dev-server/executable.ts';
import { dataConverter } from '../../src/temporal/payloads/data-converter.ts';
import type { PayloadKey } from '../../src/temporal/payloads/payload-keys.ts';
import type { Haystack } from './secret-scan.ts';
import { run, type Environment, type Finished } from './programs.ts';

/** Servers that start beside this one may take a port, of those chosen here or by the server itself, between look and use. */
const ATTEMPTS = 3;

async function startOnFreePorts(
  database: string,
): Promise<{ readonly options: DevServerOptions; readonly server: DevServer }> {
  for (let attempt = 1; ; attempt += 1) {
    const options = { port: await getPort(), uiPort: await getPort(), database, namespace: 'default' };
    try {
      return { options, server: await startDevServer(options) };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** Temporal's development server with a database file, for one file of tests. */
export class Temporal {
  private constructor(
    private server: DevServer,
    private readonly options: DevServerOptions,
    private readonly connection: Connection,
    readonly client: Client,
    readonly folder: string,
    private readonly cli: string,
  ) {}

  /** @param payloadKeys of the workers, which the tests' own client needs, too. */
  static async start(payloadKeys: readonly PayloadKey[] = []): Promise<Temporal> {
    const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-e2e-'));
    const { options, server } = await startOnFreePorts(path.join(folder, 'temporal.db'));
    const connection = await Connection.connect({ address: server.address });
    const client = new Client({ connection, dataConverter: dataConverter(payloadKeys) });
    return new Temporal(server, options, connection, client, folder, await findTemporalCli());
  }

  /** For programs that are to use this server. */
  get environment(): Environment {
    return { TEMPORAL_ADDRESS: this.server.address };
  }

  /** The address of the server's Web UI, by the name that a person types. */
  get webUi(): string {
    return this.server.webUi.replace('127.0.0.1', 'localhost');
  }

  /** Kills the server as a crash would, and starts it again with its database. @param meanwhile what comes in between. */
  async crash(meanwhile: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    await this.server.stop('SIGKILL');
    await meanwhile();
    this.server = await startDevServer(this.options);
  }

  /** Temporal's own command line, as a user has it. */
  temporal(...args: string[]): Promise<Finished> {
    return run(this.cli, [...args, '--address', this.server.address]);
  }

  /** The histories of all workflows of this server. */
  async histories(): Promise<Haystack[]> {
    const found: Haystack[] = [];
    for await (const { workflowId, runId } of this.client.workflow.list()) {
      found.push(...(await this.history(workflowId, this.server.address, runId)));
    }
    return found;
  }

  /** A workflow's whole history as the command line gives it, with every payload decoded beside it. */
  async history(workflowId: string, address = this.server.address, runId?: string): Promise<Haystack[]> {
    const which = ['--workflow-id', workflowId, ...(runId === undefined ? [] : ['--run-id', runId])];
    const { stdout } = await run(this.cli, ['workflow', 'show', ...which, '--output', 'json', '--address', address]);
    const decoded = [...stdout.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString('utf8'),
    );
    return [
      { name: `the history of ${workflowId}`, text: stdout },
      { name: `the payloads of ${workflowId}`, text: decoded.join('\n') },
    ];
  }

  async stop(): Promise<void> {
    await this.connection.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import getPort from 'get-port';
import { startDevServer, type DevServer } from '../../../src/cli/temporal-server/dev-server.ts';
import { findTemporalCli } from '../../../src/cli/temporal-server/executable.ts';
import type { Haystack } from '../../support/secret-scan.ts';
import { run, type Environment, type Finished } from './programs.ts';

/** Temporal's development server with a database file, for one file of tests. */
export class Temporal {
  private constructor(
    private readonly server: DevServer,
    private readonly connection: Connection,
    readonly client: Client,
    readonly folder: string,
    private readonly cli: string,
  ) {}

  static async start(): Promise<Temporal> {
    const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-e2e-'));
    const [port, uiPort] = [await getPort(), await getPort()];
    const server = await startDevServer({
      port,
      uiPort,
      database: path.join(folder, 'temporal.db'),
      namespace: 'default',
    });
    const connection = await Connection.connect({ address: server.address });
    return new Temporal(server, connection, new Client({ connection }), folder, await findTemporalCli());
  }

  /** For programs that are to use this server. */
  get environment(): Environment {
    return { TEMPORAL_ADDRESS: this.server.address };
  }

  /** Temporal's own command line, as a user has it. */
  temporal(...args: string[]): Promise<Finished> {
    return run(this.cli, [...args, '--address', this.server.address]);
  }

  /** A workflow's whole history as the command line gives it, with every payload decoded beside it. */
  async history({ workflowId }: WorkflowHandle): Promise<Haystack[]> {
    const { stdout } = await this.temporal('workflow', 'show', '--workflow-id', workflowId, '--output', 'json');
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

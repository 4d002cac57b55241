import confirm from '@inquirer/confirm';
import { InvalidArgumentError, type Command } from 'commander';
import pc from 'picocolors';
import { temporalTarget, type TemporalTarget } from '../temporal.ts';
import { connectCluster, createWorker, installRuntime } from '../worker.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { defaultDatabase, startDevServer, type DevServer } from './temporal-server/dev-server.ts';

interface UpOptions {
  readonly yes?: true;
  readonly context?: string;
  readonly temporalPort: number;
  readonly uiPort: number;
  readonly database: string;
}

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description(
      'run the worker on the current kubeconfig context, with a Temporal server of its own unless TEMPORAL_ADDRESS is set',
    )
    .option('-y, --yes', 'do not ask whether this is the right cluster')
    .option('--context <name>', 'a context of the kubeconfig instead of the current one')
    .option('--temporal-port <port>', 'port of the Temporal server that is started', parsePort, 7233)
    .option('--ui-port <port>', 'port of its Web UI', parsePort, 8233)
    .option('--database <file>', 'its database file', defaultDatabase())
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const kubernetes = connectCluster(options.context);
  await confirmCluster(kubernetes, options.yes === true);
  installRuntime();
  const server = process.env['TEMPORAL_ADDRESS'] === undefined ? await start(options) : undefined;
  try {
    const target = server === undefined ? temporalTarget() : ownTarget(server);
    const worker = await createWorker(target, kubernetes);
    say(`Worker ready on ${pc.bold(kubernetes.contextName)}, Temporal at ${target.connection.address}.`);
    if (server?.own === false) say('(That server was there already; it stays when this stops.)');
    if (server !== undefined) say(`Web UI: ${pc.cyan(server.webUi)}`);
    say(`Rotate with ${pc.cyan('cnpg-rotate rotate litellm')} in another terminal. Ctrl-C stops.`);
    const serverDied = server?.ended.then(() => {
      throw new CommandError("Temporal's development server ended unexpectedly.", EXIT.failed);
    });
    const run = worker.run();
    await (serverDied === undefined ? run : Promise.race([run, serverDied]));
    say('Stopped. A rotation that was running goes on at the next "cnpg-rotate up".');
  } finally {
    await server?.stop();
  }
}

async function confirmCluster(kubernetes: ReturnType<typeof connectCluster>, yes: boolean): Promise<void> {
  say(`Kubernetes context: ${pc.bold(kubernetes.contextName)} (${kubernetes.server})`);
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new CommandError(
      'There is no terminal to confirm the cluster on. Say --yes when it is the right one.',
      EXIT.usage,
    );
  }
  const agreed = await confirm({ message: 'Rotate passwords on this cluster?', default: false });
  if (!agreed) throw new CommandError('Nothing was started.', EXIT.failed);
}

function start({ temporalPort, uiPort, database }: UpOptions): Promise<DevServer> {
  say('Starting a Temporal development server (the first time it is downloaded) …');
  return startDevServer({ port: temporalPort, uiPort, database, namespace: temporalTarget().namespace });
}

function ownTarget(server: DevServer): TemporalTarget {
  return { connection: { address: server.address }, namespace: temporalTarget().namespace };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('It must be a number from 1 to 65535.');
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

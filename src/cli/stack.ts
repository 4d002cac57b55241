import confirm from '@inquirer/confirm';
import pc from 'picocolors';
import { oneLine } from '../domain/text/control-characters.ts';
import { startDevServer, type DevServer } from '../temporal/dev-server/dev-server.ts';
import { temporalTarget, type TemporalTarget } from '../temporal/target.ts';
import { taskQueueOf } from '../temporal/task-queue.ts';
import { connectCluster, createWorker, createWorkers, identifyCluster, installRuntime, runWorkers } from '../worker.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { say } from './say.ts';
import { databaseOf, type StackOptions } from './stack-options.ts';

/** A worker in this process, with its own Temporal server where none is given. */
export interface Stack {
  readonly target: TemporalTarget;
  /** Ends after Ctrl-C, SIGTERM or `stop()`. Fails when the worker or the server fails. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Which commands a stack's worker serves. */
type Serving =
  /** The command that started it, with --local. */
  | 'itself'
  /** Every command that names no cluster, and workflows that a command with --local left behind. */
  | 'everybody';

/** What a yes does. */
const QUESTION: Readonly<Record<Serving, string>> = {
  itself: 'Run this command on this cluster, with a worker that ends with the command?',
  everybody: 'Run a worker on this cluster? It changes passwords when a command or a schedule starts a rotation.',
};

/** Names the cluster and asks the user whether it is the right one. Then starts what is missing. */
export async function startStack(options: StackOptions, serving: Serving): Promise<Stack> {
  const kubernetes = connectCluster(options.context);
  await confirmCluster(kubernetes, options.yes === true, QUESTION[serving]);
  installRuntime();
  const { uid } = await identifyCluster(kubernetes);
  const server = process.env['TEMPORAL_ADDRESS'] === undefined ? await startServer(options, uid) : undefined;
  try {
    const shared =
      server === undefined ? temporalTarget() : { ...temporalTarget(), connection: { address: server.address } };
    // No other worker takes what this command starts, and this worker takes no other command's work.
    const ofCluster = { ...shared, taskQueue: taskQueueOf(uid) };
    const target = serving === 'itself' ? ofCluster : shared;
    const workers =
      serving === 'itself' ? [await createWorker(ofCluster, kubernetes)] : await createWorkers(shared, kubernetes);
    say(`Worker ready on ${pc.bold(oneLine(kubernetes.contextName))}, Temporal at ${target.connection.address}.`);
    if (server !== undefined)
      say(`Web UI: ${pc.cyan(server.webUi)}${server.own ? '' : ' (was there already, and stays)'}`);
    const run = runWorkers(workers);
    const ended = server === undefined ? run : Promise.race([run, diedTooEarly(server)]);
    ended.catch(() => undefined);
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> =>
      (stopping ??= (async () => {
        for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        try {
          await run;
        } finally {
          await server?.stop();
        }
      })());
    return { target, ended, stop };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

async function confirmCluster(
  kubernetes: ReturnType<typeof connectCluster>,
  yes: boolean,
  question: string,
): Promise<void> {
  say(`Kubernetes context: ${pc.bold(oneLine(kubernetes.contextName))} (${oneLine(kubernetes.server)})`);
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new CommandError(
      'There is no terminal to confirm the cluster on. Say --yes when it is the right one.',
      EXIT.usage,
    );
  }
  const agreed = await confirm({ message: question, default: false }).catch((error: unknown) => {
    // The user pressed Ctrl-C.
    if (error instanceof Error && error.name === 'ExitPromptError')
      throw new CommandError('Nothing was started.', EXIT.detached);
    throw error;
  });
  if (!agreed) throw new CommandError('Nothing was started.', EXIT.failed);
}

function startServer(
  { temporalPort, uiPort, database, useRunning }: StackOptions,
  kubernetesUid: string,
): Promise<DevServer> {
  say('Starting a Temporal development server (the first time it is downloaded) …');
  return startDevServer({
    port: temporalPort,
    uiPort,
    database: database ?? databaseOf(kubernetesUid),
    namespace: temporalTarget().namespace,
    kubernetesUid,
    useRunning: useRunning === true,
  });
}

async function diedTooEarly(server: DevServer): Promise<never> {
  await server.ended;
  throw new CommandError("Temporal's development server ended unexpectedly.", EXIT.failed);
}

import { mkdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { RotationError } from '../../domain/failures.ts';
import { findTemporalCli } from './executable.ts';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 200;
const STOP_TIMEOUT_MS = 5_000;

export interface DevServerOptions {
  readonly port: number;
  readonly uiPort: number;
  /** The server's database. Rotations in this database survive a restart. */
  readonly database: string;
  readonly namespace: string;
  /** The Kubernetes cluster whose rotations the server is for. Without it, no cluster is checked. */
  readonly kubernetesUid?: string;
  /** Use a server that already answers, whichever cluster it is for. */
  readonly useRunning?: boolean;
}

export interface DevServer {
  readonly address: string;
  readonly webUi: string;
  /** True when the server was started here; false when it was found at the address. */
  readonly own: boolean;
  /** Ends when the server ends by itself, which is a fault. */
  readonly ended: Promise<void>;
  /** @param signal SIGKILL has the effect of a crash. */
  stop(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>;
}

/** A namespace in which nothing runs. Its name says for which Kubernetes cluster a server was started. */
function markOf(kubernetesUid: string): string {
  return `cnpg-rotator-of-${kubernetesUid}`;
}

/**
 * Starts Temporal's development server, on this machine's loopback only, and waits until it answers. A server that
 * already answers at the address is used if it was started for the same Kubernetes cluster, or if the user says so.
 * @throws RotationError `AnotherKubernetes` where neither is the case.
 */
export async function startDevServer({
  port,
  uiPort,
  database,
  namespace,
  kubernetesUid,
  useRunning = false,
}: DevServerOptions): Promise<DevServer> {
  const namespaces = [namespace, ...(kubernetesUid === undefined ? [] : [markOf(kubernetesUid)])];
  const address = `${HOST}:${port}`;
  const webUi = `http://${HOST}:${uiPort}`;
  if (await answers(address, namespace)) {
    if (!useRunning && kubernetesUid !== undefined && !(await answers(address, markOf(kubernetesUid))))
      throw notOurs(address, kubernetesUid);
    // An "up" that was killed left this server, or the user started it.
    return { address, webUi, own: false, ended: new Promise(() => undefined), stop: () => Promise.resolve() };
  }
  const program = await findTemporalCli();
  await refuseTakenPort(port, '--temporal-port');
  await refuseTakenPort(uiPort, '--ui-port');
  // The database holds histories: names and times, no password. Still, they are private.
  await mkdir(path.dirname(database), { recursive: true, mode: 0o700 });
  const listening = ['--ip', HOST, '--port', String(port), '--ui-port', String(uiPort)];
  const storing = ['--db-filename', database, ...namespaces.flatMap((name) => ['--namespace', name])];
  const server = execa(program, ['server', 'start-dev', ...listening, ...storing, '--log-level', 'error'], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    // The server has its own process group: Ctrl-C stops the worker first, which must still report to the server.
    detached: true,
    reject: false,
    // The forced kill comes after the delay, and only after this signal.
    killSignal: 'SIGINT',
    forceKillAfterDelay: STOP_TIMEOUT_MS,
  });
  const ended = server.then(() => undefined);
  const stop = async (signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> => {
    server.kill(signal);
    await ended;
  };
  try {
    await Promise.race([
      Promise.all(namespaces.map((name) => answering(address, name))),
      server.then((result) => {
        const lastLine = typeof result.stderr === 'string' ? result.stderr.trim().split('\n').at(-1) : undefined;
        throw new RotationError(
          'TemporalUnreachable',
          `Temporal's development server ended at once: ${lastLine ?? 'no message'}`,
        );
      }),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, webUi, own: true, ended, stop };
}

function notOurs(address: string, kubernetesUid: string): RotationError {
  return new RotationError(
    'AnotherKubernetes',
    `A Temporal server answers at ${address} already, and it was not started for this Kubernetes cluster (${kubernetesUid}): a worker of another cluster may take its work there. ` +
      'Choose other ports with --temporal-port and --ui-port, stop that server, or use it all the same with --use-running.',
  );
}

async function answering(address: string, namespace: string): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < giveUpAt) {
    if (await answers(address, namespace)) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new RotationError(
    'TemporalUnreachable',
    `Temporal's development server did not answer at ${address} within ${START_TIMEOUT_MS / 1_000} s.`,
  );
}

/** Whether a Temporal server with the namespace listens there. */
async function answers(address: string, namespace: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: LOOK_EVERY_MS * 5 }).catch(() => undefined);
  if (connection === undefined) return false;
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function refuseTakenPort(port: number, option: string): Promise<void> {
  const taken = await new Promise<boolean>((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(true));
    probe.listen(port, HOST, () => probe.close(() => resolve(false)));
  });
  if (!taken) return;
  throw new RotationError(
    'TemporalUnreachable',
    `Port ${port} of ${HOST} is taken, so Temporal's development server cannot listen there. ` +
      `Choose another port with ${option}, or use a Temporal server that you have with TEMPORAL_ADDRESS.`,
  );
}

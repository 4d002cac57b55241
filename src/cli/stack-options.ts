import { homedir } from 'node:os';
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';

/** The settings of a worker of our own. `addStackOptions` adds these options. */
export interface StackOptions {
  readonly yes?: true;
  readonly context?: string;
  readonly temporalPort: number;
  readonly uiPort: number;
  /** The Temporal server's database. Default: one for each Kubernetes cluster. */
  readonly database?: string;
  readonly useRunning?: true;
}

export interface LocalOptions extends StackOptions {
  /** Run a worker, and a Temporal server unless one is configured, for this command alone. */
  readonly local?: true;
}

/** Adds `--local`, and the options of the worker and server that `--local` starts. */
export function addLocalOptions(command: Command, what: 'rotation' | 'adoption' | 'check' | 'look'): Command {
  command.option(
    '-l, --local',
    `run a worker (and a Temporal server, unless TEMPORAL_ADDRESS is set) for this ${what}`,
  );
  return addStackOptions(command.optionsGroup('With --local:'));
}

export function addStackOptions(command: Command): Command {
  return command
    .option('-y, --yes', 'do not ask whether this is the right cluster')
    .option('--context <name>', 'a context of the kubeconfig instead of the current one')
    .option('--temporal-port <port>', 'port of the Temporal server that is started', parsePort, 7233)
    .option('--ui-port <port>', 'port of its Web UI', parsePort, 8233)
    .option('--database <file>', `its database file (default: ${databaseOf('<uid of the cluster>')})`)
    .option('--use-running', 'use a Temporal server that listens on that port already and is not of this cluster');
}

/** `~/.local/state/cnpg-rotator/temporal-<uid>.db`, or below `XDG_STATE_HOME`. Each cluster has its own rotations. */
export function databaseOf(kubernetesUid: string): string {
  const state = process.env['XDG_STATE_HOME'] ?? path.join(homedir(), '.local', 'state');
  return path.join(state, 'cnpg-rotator', `temporal-${kubernetesUid}.db`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('It must be a number from 1 to 65535.');
}

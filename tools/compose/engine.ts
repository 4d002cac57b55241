import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, type CommandOptions } from '../../sandbox/common/command.ts';
import { SandboxError } from '../../sandbox/common/errors.ts';
import { HOME, logOf } from '../../sandbox/common/paths.ts';
import { removeCgroups } from '../../sandbox/real/cgroups.ts';
import { startInit, startInside } from '../../sandbox/real/namespace.ts';
import { waitUntil } from '../../sandbox/real/wait.ts';
import { createNetwork, MTU, NAME, processesInside, removeNetwork } from './network.ts';

/** What one engine needs while it runs; `stop` removes it. */
const RUN = join(HOME, 'compose');
const inRun = (...parts: string[]) => join(RUN, ...parts);
const SOCKET = `unix://${inRun('docker.sock')}`;
const FORWARDING = inRun('ip_forward');
const LOG = logOf('dockerd');

/** For the command `docker`. */
export const ENGINE_ENVIRONMENT = { DOCKER_HOST: SOCKET, DOCKER_CONFIG: inRun('client') };

const DOCKERD = [
  'dockerd',
  `--host=${SOCKET}`,
  `--data-root=${inRun('data')}`,
  `--exec-root=${inRun('exec')}`,
  `--pidfile=${inRun('docker.pid')}`,
  `--config-file=${inRun('daemon.json')}`,
  `--cgroup-parent=/${NAME}`,
  `--mtu=${MTU}`,
  // Docker's own choice may take the sandbox's addresses.
  '--bip=10.213.0.1/24',
  '--default-address-pool=base=10.213.128.0/17,size=24',
];

/**
 * A Docker engine in network, pid and mount namespaces of its own. When their first process is killed, every container,
 * mount and rule of the engine goes with it.
 * @param compose the program of `docker compose`.
 */
export async function startEngine(compose: string, signal: AbortSignal): Promise<void> {
  await stopEngine();
  mkdirSync(inRun('client', 'cli-plugins'), { recursive: true, mode: 0o700 });
  // Not this machine's own settings.
  writeFileSync(inRun('daemon.json'), '{}');
  symlinkSync(compose, inRun('client', 'cli-plugins', 'docker-compose'));
  await createNetwork(FORWARDING, signal);
  const init = await startInit(signal, NAME);
  await startInside(init, DOCKERD, LOG);
  await waitUntil({ until: 'the Docker engine answers', seconds: 60, log: LOG, signal }, () =>
    // Not yet is no failure.
    docker(['info'], { signal }).catch(() => undefined),
  );
}

/** Runs `docker` to its end. @returns what it printed. */
export function docker(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return command('docker', args, { ...options, env: { ...options.env, ...ENGINE_ENVIRONMENT } });
}

/** Ends the engine with all that it runs, and removes what it wrote. With none there, it does nothing. */
export async function stopEngine(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const pids = await processesInside();
    if (pids.length === 0) break;
    for (const pid of pids) kill(pid);
    await sleep(100);
  }
  await removeNetwork(FORWARDING);
  for (let attempt = 0; attempt < 100 && !removeCgroups(NAME); attempt++) await sleep(100);
  rmSync(RUN, { recursive: true, force: true, maxRetries: 5 });
  if (existsSync(RUN)) throw new SandboxError(`${RUN} could not be removed.`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since.
  }
}

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTAINERD_SOCKET, NAME } from './paths.ts';
import { HOME, LOGS } from '../common/paths.ts';
import { SandboxError } from '../common/errors.ts';
import { waitUntil } from './wait.ts';
import { command, searchPath, type CommandOptions } from '../common/command.ts';

/** The first process of the sandbox's pid namespace. When it is killed, the kernel ends every process in there. */
export interface Init {
  readonly pid: number;
  /** The start time, in the kernel's ticks: a pid alone may have been given to another process since. */
  readonly started: string;
}

const READY_MARK = '/run/ready';

/**
 * What the first process does. It hides the host's /run, /var/lib and /var/log from the sandbox, so that kubelet,
 * containerd and CNI write their fixed paths there into memory; then it only collects orphans that have ended.
 */
const INIT_SCRIPT = `
set -e
mount -t tmpfs tmpfs /run
mkdir /run/keep /run/lock
mount --bind ${HOME} /run/keep
mount -t tmpfs tmpfs /var/lib
mkdir -p ${HOME}
mount --move /run/keep ${HOME}
mount -t tmpfs tmpfs /var/log
set +e
sleep infinity &
touch ${READY_MARK}
while :; do wait; done`;

/** @param network the name of the network namespace that it joins. */
export async function startInit(signal: AbortSignal, network = NAME): Promise<Init> {
  const outer = spawn(
    'nsenter',
    [
      `--net=/run/netns/${network}`,
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
    ].concat(INIT_SCRIPT),
    // A session of its own: it outlives this process and the terminal.
    { detached: true, stdio: 'ignore', cwd: '/', env: { ...process.env, PATH: searchPath() } },
  );
  const failed = new Promise<never>((_, reject) => {
    outer.once('error', reject);
    outer.once('exit', (code) =>
      reject(
        new SandboxError(`The sandbox's namespaces could not be made (unshare ended with ${code ?? 'a signal'}).`),
      ),
    );
  });
  failed.catch(() => undefined);
  const started = waitUntil(
    { until: 'the first process of the namespaces runs', seconds: 10, everyMs: 20, signal },
    () => {
      const pid = childOf(outer.pid);
      const up = pid !== undefined && existsSync(`/proc/${pid}/root${READY_MARK}`);
      return Promise.resolve(up ? { pid, started: startTime(pid) ?? '' } : undefined);
    },
  );
  const init = await Promise.race([started, failed]);
  outer.removeAllListeners();
  outer.unref();
  return init;
}

function childOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
    return child > 0 ? child : undefined;
  } catch {
    return undefined;
  }
}

function startTime(pid: number): string | undefined {
  try {
    // The second field, the program's name in brackets, may hold spaces: count from behind it.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.split(' ')[19];
  } catch {
    return undefined;
  }
}

export function isAlive(init: Init): boolean {
  return startTime(init.pid) === init.started;
}

/** A signal that fires when the first process ends, and with it everything that anybody may be waiting for. */
export function watchInit(init: Init): { readonly signal: AbortSignal; stop(): void } {
  const ended = new AbortController();
  const timer = setInterval(() => {
    if (!isAlive(init)) {
      ended.abort(
        new SandboxError('The first process of the sandbox was killed, and all others with it.', { log: LOGS }),
      );
    }
  }, 500);
  return { signal: ended.signal, stop: () => clearInterval(timer) };
}

export async function killInit(init: Init): Promise<void> {
  for (let attempt = 0; isAlive(init); attempt++) {
    if (attempt === 0) process.kill(init.pid, 'SIGKILL');
    // The kernel reaps the namespace's processes first, some hundreds of them.
    if (attempt === 300) throw new SandboxError(`The sandbox's first process, pid ${init.pid}, does not end.`);
    await sleep(100);
  }
}

const enter = (init: Init) => ['--target', String(init.pid), '--net', '--mount', '--pid', '--'];

/** Runs a program inside the sandbox's namespaces, to its end. */
export function commandInside(init: Init, argv: readonly string[], options?: CommandOptions): Promise<string> {
  return command('nsenter', [...enter(init), ...argv], options);
}

/** Starts a program that stays, in the sandbox's namespaces, and returns its pid as those see it. */
export async function startInside(init: Init, argv: readonly string[], log: string): Promise<number> {
  const script = 'exec 3>&1 >>"$0" 2>&1 </dev/null; setsid --fork sh -c \'echo $$ >&3; exec 3>&-; exec "$@"\' sh "$@"';
  const said = await command('nsenter', [...enter(init), 'sh', '-c', script, log, ...argv]);
  return Number(said.trim());
}

/** Whether a program started inside still runs: a pid of the namespace, read through its own /proc. */
export function runsInside(init: Init, pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${init.pid}/root/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Ends a program as a crash would, and returns when it is gone. One that has ended already is no error. */
export async function killInside(init: Init, pid: number, name: string): Promise<void> {
  await commandInside(init, ['sh', '-c', 'kill -KILL "$0" 2>/dev/null || :', String(pid)]);
  const { signal } = new AbortController();
  await waitUntil({ until: `${name} has ended`, seconds: 10, everyMs: 20, signal }, () =>
    Promise.resolve(runsInside(init, pid) ? undefined : true),
  );
}

export const ctr = ['ctr', '--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io'];

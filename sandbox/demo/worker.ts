import { createWriteStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { SandboxError } from '../common/errors.ts';
import { aborted } from '../common/aborted.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = path.join(ROOT, 'src');
const BUILT = path.join(ROOT, 'dist', 'worker.js');
const BUNDLE = path.join(ROOT, 'dist', 'workflow-bundle.js');

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

export interface WorkerProgram {
  /** Ends when the program ends by itself, which it should not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the worker as the program that it is in production, and waits until it polls. */
export async function startWorker(options: {
  readonly kubeconfig: string;
  readonly temporalAddress: string;
  /** The file of its catalogue. */
  readonly catalogue: string;
  /** All that it prints. */
  readonly logFile: string;
  readonly signal: AbortSignal;
}): Promise<WorkerProgram> {
  const { kubeconfig, temporalAddress, catalogue, logFile, signal } = options;
  const worker = execa(process.execPath, workerArguments(), {
    cwd: ROOT,
    env: {
      ...inherited(),
      KUBECONFIG: kubeconfig,
      TEMPORAL_ADDRESS: temporalAddress,
      CNPG_ROTATOR_COMPONENTS: catalogue,
    },
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    buffer: false,
    // A process group of its own: after Ctrl-C it is stopped here, in its turn.
    detached: true,
    cleanup: true,
    reject: false,
    forceKillAfterDelay: STOP_TIMEOUT_MS,
  });
  worker.stderr.pipe(createWriteStream(logFile, { mode: 0o600 }));
  const ended = worker.then(() => undefined);
  const stop = async (): Promise<void> => {
    worker.kill('SIGTERM');
    await ended;
  };
  const polls = new Promise<'polls'>((resolve) => {
    worker.stderr.on('data', (chunk: Buffer) => {
      if (chunk.includes('worker started')) resolve('polls');
    });
  });
  const tooLate = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), START_TIMEOUT_MS).unref());
  const first = await Promise.race([polls, ended, tooLate, aborted(signal)]);
  if (first === 'polls') return { ended, stop };
  await stop();
  signal.throwIfAborted();
  const how = first === 'late' ? `did not start within ${START_TIMEOUT_MS / 1_000} s` : 'ended at once';
  throw new SandboxError(`The worker ${how}. The last that it said: ${lastLine(logFile)}`);
}

/** The built program; from the sources when there is none, or they are newer, which takes seconds longer. */
function workerArguments(): string[] {
  const built = existsSync(BUILT) && existsSync(BUNDLE) ? statSync(BUNDLE).mtimeMs : 0;
  const changed = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).some(
    (file) => statSync(path.join(SOURCES, file)).mtimeMs > built,
  );
  return changed ? ['--import', 'tsx', path.join(SOURCES, 'worker.ts')] : [BUILT];
}

/** What is set for another Temporal, another catalogue or another cluster is not for the demo's worker. */
function inherited(): NodeJS.ProcessEnv {
  const foreign = /^(TEMPORAL_(?!CLI_PATH$)|CNPG_ROTATOR_(?!CACHE$)|KUBERNETES_|KUBECONFIG$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function lastLine(file: string): string {
  return existsSync(file) ? (readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '') : 'nothing';
}

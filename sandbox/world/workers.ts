import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOST = fileURLToPath(new URL('./worker-host.js', import.meta.url));
const DIST = path.join(ROOT, 'dist');

/** What a worker said instead of starting. */
export class WorkerRefused extends Error {
  override readonly name = 'WorkerRefused';

  constructor(
    readonly type: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

interface Answer {
  readonly id: string;
  readonly done: boolean;
  readonly type?: string;
  readonly message?: string;
}

/** The workers of the worlds, in a process beside this one. */
export class Workers {
  /** All that they printed. */
  output = '';
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #ended: Promise<void>;

  private constructor(private readonly host: ChildProcess) {
    const keep = (chunk: Buffer): void => {
      this.output += chunk.toString('utf8');
    };
    host.stdout?.on('data', keep);
    host.stderr?.on('data', keep);
    host.on('message', (message) => {
      const answer = message as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#ended = new Promise((resolve) => host.once('exit', () => resolve()));
    void this.#ended.then(() => {
      for (const [id, settle] of this.#waiting) settle({ id, done: false, message: 'the workers’ process ended' });
    });
  }

  static async start(): Promise<Workers> {
    const host = fork(HOST, [DIST], {
      cwd: ROOT,
      env: inherited(),
      // A process group of its own: at Ctrl-C the workers are stopped here, in their turn.
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const workers = new Workers(host);
    await workers.#answered('');
    return workers;
  }

  /** @throws WorkerRefused when it does not start, as with a catalogue that is not valid. */
  startWorker(id: string, environment: Readonly<Record<string, string>>): Promise<void> {
    return this.#ask({ id, do: 'start', environment });
  }

  stopWorker(id: string): Promise<void> {
    return this.#ask({ id, do: 'stop' });
  }

  async close(): Promise<void> {
    if (this.host.exitCode === null) this.host.kill('SIGKILL');
    await this.#ended;
  }

  #ask(request: { readonly id: string; readonly do: string; readonly environment?: object }): Promise<void> {
    const answered = this.#answered(request.id);
    this.host.send(request, (error) => {
      if (error !== null) this.#waiting.get(request.id)?.({ id: request.id, done: false, message: error.message });
    });
    return answered;
  }

  async #answered(id: string): Promise<void> {
    const answer = await new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    if (!answer.done) throw new WorkerRefused(answer.type, answer.message ?? 'it said nothing');
  }
}

/** What is set for another Temporal, catalogue or cluster is not for these. */
function inherited(): NodeJS.ProcessEnv {
  const foreign = /^(TEMPORAL_(?!CLI_PATH$)|CNPG_ROTATOR_|KUBERNETES_|KUBECONFIG$|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

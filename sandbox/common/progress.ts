import ora from 'ora';
import pc from 'picocolors';

export interface Phase {
  readonly name: string;
  readonly seconds: number;
}

/** Tells what is going on and how long it took. Written to stderr, so that stdout holds results alone. */
export interface Progress {
  readonly phases: readonly Phase[];
  run<T>(name: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  say(text: string): void;
}

/** Without a terminal a long phase shows a sign of life this often. */
const HEARTBEAT_MS = 30_000;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return new TerminalProgress(stream);
}

class TerminalProgress implements Progress {
  readonly phases: Phase[] = [];
  private readonly stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  say(text: string): void {
    this.stream.write(`${text}\n`);
  }

  async run<T>(name: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> {
    const started = Date.now();
    const elapsed = () => (Date.now() - started) / 1000;
    let detail = '';
    const text = () => `${name}${detail === '' ? '' : pc.dim(` – ${detail}`)} ${pc.dim(`${elapsed().toFixed(0)} s`)}`;
    // Reading keys is left to the terminal: an interrupt has to reach this process and end what it started.
    const spinner = this.stream.isTTY
      ? ora({ text: name, stream: this.stream, discardStdin: false, hideCursor: false }).start()
      : undefined;
    const timer = setInterval(
      () => {
        if (spinner) spinner.text = text();
        else this.say(`  … ${text()}`);
      },
      spinner ? 500 : HEARTBEAT_MS,
    );
    try {
      const result = await work((note) => {
        detail = note;
      });
      this.end(spinner, pc.green('✔'), name, elapsed());
      this.phases.push({ name, seconds: Number(elapsed().toFixed(1)) });
      return result;
    } catch (error) {
      this.end(spinner, pc.red('✖'), name, elapsed());
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  private end(spinner: ReturnType<typeof ora> | undefined, sign: string, name: string, seconds: number): void {
    spinner?.stop();
    this.say(`${sign} ${name} ${pc.dim(`${seconds.toFixed(1)} s`)}`);
  }
}

import ora, { type Ora } from 'ora';
import pc from 'picocolors';
import type { RotationReport, StepRecord } from '../domain/rotation.ts';
import { stepTitle } from '../domain/timeline.ts';
import type { Follower } from '../client/follow.ts';

/** Silent looks before the user is told that nobody answers: about ten seconds. */
const LOOKS_BEFORE_WARNING = 4;

/** Shows a running rotation on stderr: a spinner for the running step on a terminal, a line for each ended one everywhere. */
export class TerminalProgress implements Follower {
  readonly #spinner: Ora;
  readonly #isTerminal = process.stderr.isTTY;
  #printed = 0;
  #silent = 0;

  constructor(private readonly quiet: boolean) {
    this.#spinner = ora({ stream: process.stderr, isEnabled: this.#isTerminal && !quiet, discardStdin: false });
  }

  progress({ steps }: RotationReport): void {
    this.#silent = 0;
    if (this.quiet) return;
    for (const step of steps.slice(this.#printed)) {
      if (step.outcome === 'running') {
        const seconds = Math.max(0, Math.round((Date.now() - Date.parse(step.startedAt)) / 1_000));
        if (this.#isTerminal)
          this.#spinner.start(`${title(step)} ${pc.dim(`${seconds} s of ${step.budgetSeconds} s`)}`);
        return;
      }
      this.#printed += 1;
      this.#line(step);
    }
  }

  noAnswer(): void {
    this.#silent += 1;
    if (this.quiet || this.#silent !== LOOKS_BEFORE_WARNING) return;
    this.#note('No worker answers. The rotation waits for one: start it with "cnpg-rotate up".');
  }

  stop(): void {
    this.#spinner.stop();
  }

  #line(step: StepRecord): void {
    const mark = step.outcome === 'done' ? pc.green('✓') : pc.red('✗');
    const time = `${(step.seconds ?? 0).toFixed(1)} s`.padStart(8);
    this.#note(`${mark} ${title(step)} ${time} ${pc.dim(step.detail ?? '')}`);
  }

  #note(text: string): void {
    this.#spinner.stop();
    process.stderr.write(`${text}\n`);
  }
}

function title(step: StepRecord): string {
  return stepTitle(step).padEnd(16);
}

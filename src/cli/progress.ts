import ora, { type Ora } from 'ora';
import pc from 'picocolors';
import type { RotationReport, StepRecord } from '../domain/rotation/report.ts';
import { stepTitle } from '../domain/rotation/timeline.ts';
import { waitsForApproval } from '../domain/rotation/interventions.ts';
import type { Follower } from '../client/follow.ts';
import { seconds } from '../domain/text/markdown.ts';
import { clean } from './clean.ts';
import { say } from './say.ts';
import { SilenceWarning } from './silence.ts';

/** Shows a running rotation on stderr: a line for each ended step. On a terminal the running step has a spinner. */
export class TerminalProgress implements Follower<Pick<RotationReport, 'steps'>> {
  readonly #spinner: Ora;
  readonly #isTerminal = process.stderr.isTTY;
  #printed = 0;
  readonly #silence: SilenceWarning;
  #saidThatItWaits = false;

  /** @param what the name of the shown workflow, for sentences. */
  constructor(
    private readonly quiet: boolean,
    what: 'The rotation' | 'The adoption' = 'The rotation',
  ) {
    this.#silence = new SilenceWarning(what);
    this.#spinner = ora({ stream: process.stderr, isEnabled: this.#isTerminal && !quiet, discardStdin: false });
  }

  progress(report: Pick<RotationReport, 'steps'>): void {
    const steps = clean(report.steps);
    this.#silence.answered();
    this.#sayThatItWaits(steps);
    if (this.quiet) return;
    for (const step of steps.slice(this.#printed)) {
      if (step.outcome === 'running') {
        const elapsed = Math.max(0, Math.round((Date.now() - Date.parse(step.startedAt)) / 1_000));
        if (this.#isTerminal)
          this.#spinner.start(`${title(step)} ${pc.dim(`${elapsed} s of ${step.budgetSeconds} s`)}`);
        return;
      }
      this.#printed += 1;
      this.#line(step);
    }
  }

  /** A quiet command prints this too: without a person's approval the rotation ends in a day. */
  #sayThatItWaits(steps: readonly StepRecord[]): void {
    const waiting = steps.find(waitsForApproval);
    if (waiting === undefined || this.#saidThatItWaits) return;
    this.#saidThatItWaits = true;
    this.#note(`… ${waiting.detail ?? ''}`);
  }

  noAnswer(): void {
    this.#silence.noAnswer(() => this.#spinner.stop());
  }

  stop(): void {
    this.#spinner.stop();
  }

  #line(step: StepRecord): void {
    const mark = step.outcome === 'done' ? pc.green('✓') : pc.red('✗');
    const time = seconds(step.seconds).padStart(8);
    this.#note(`${mark} ${title(step)} ${time} ${pc.dim(step.detail ?? '')}`);
  }

  #note(text: string): void {
    this.#spinner.stop();
    say(text);
  }
}

function title(step: StepRecord): string {
  return stepTitle(step).padEnd(16);
}

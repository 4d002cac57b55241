import ora, { type Ora } from 'ora';
import pc from 'picocolors';
import type { RotationReport, StepRecord } from '../domain/rotation/report.ts';
import { waitsForApproval } from '../domain/rotation/interventions.ts';
import { stepTitle } from '../domain/rotation/timeline.ts';
import type { Follower } from '../client/follow.ts';
import { seconds } from '../domain/text/markdown.ts';
import { clean } from './clean.ts';
import { isQuiet, say } from './say.ts';
import { SilenceWarning } from './silence.ts';

/** Shows a running rotation on stderr: a line for each ended step. On a terminal the running step has a spinner. */
export class TerminalProgress implements Follower<Pick<RotationReport, 'steps'>> {
  readonly #spinner: Ora;
  readonly #isTerminal = process.stderr.isTTY;
  #printed = 0;
  readonly #silence: SilenceWarning;
  /** What the running step waits for, as it was printed last. */
  #said: string | undefined;

  private readonly quiet: boolean;

  /**
   * @param isSilent no progress, as with `--quiet`.
   * @param what the name of the shown workflow, for sentences.
   */
  constructor(isSilent: boolean, what: 'The rotation' | 'The adoption' = 'The rotation') {
    this.quiet = isSilent || isQuiet();
    this.#silence = new SilenceWarning(what);
    this.#spinner = ora({ stream: process.stderr, isEnabled: this.#isTerminal && !this.quiet, discardStdin: false });
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

  /**
   * What a running step waits for. A quiet command prints an approval, and what a way back waits for: a person may have
   * to do something.
   */
  #sayThatItWaits(steps: readonly StepRecord[]): void {
    const waiting = steps.find(({ outcome, detail }) => outcome === 'running' && detail !== undefined);
    if (waiting === undefined || waiting.detail === this.#said) return;
    if (this.quiet && !waitsForApproval(waiting) && waiting.target !== 'previous') return;
    this.#said = waiting.detail;
    const what = waitsForApproval(waiting) ? '' : `${stepTitle(waiting)}: `;
    this.#note(`… ${what}${waiting.detail ?? ''}`);
  }

  noAnswer(from: 'worker' | 'server'): void {
    this.#silence.noAnswer(from, () => this.#spinner.stop());
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

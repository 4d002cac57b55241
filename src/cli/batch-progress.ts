import pc from 'picocolors';
import type { BatchFollower } from '../client/batch.ts';
import type { BatchReport, ComponentResult } from '../domain/batch/batch.ts';
import type { RotationReport, StepRecord } from '../domain/rotation/report.ts';
import { causeText, stepTitle } from '../domain/rotation/timeline.ts';
import { seconds as secondsText } from '../domain/text/markdown.ts';
import { clean } from './clean.ts';
import { say } from './say.ts';
import { SilenceWarning } from './silence.ts';

/** Shows a running batch on stderr: a line when a rotation begins, after each of its steps, and when it ends. */
export class BatchProgress implements BatchFollower {
  readonly #shown = new Map<string, ComponentResult['outcome']>();
  /** For each rotation, how many of its steps are on the screen. */
  readonly #steps = new Map<string, number>();
  readonly #silence = new SilenceWarning('The batch');

  constructor(private readonly quiet: boolean) {}

  progress(report: BatchReport): void {
    const { components, stopped } = clean(report);
    this.#silence.answered();
    if (this.quiet) return;
    for (const result of components) {
      const { component, outcome } = result;
      if (outcome === 'not-started' && stopped === undefined && result.cause === undefined) continue;
      if (this.#shown.get(component) === outcome) continue;
      this.#shown.set(component, outcome);
      say(line(result));
    }
  }

  rotation(report: RotationReport): void {
    const { rotation, component, steps } = clean(report);
    if (this.quiet) return;
    const ended = steps.filter(({ outcome }) => outcome !== 'running');
    for (const step of ended.slice(this.#steps.get(rotation) ?? 0)) say(stepLine(component, step));
    this.#steps.set(rotation, ended.length);
  }

  noAnswer(from: 'worker' | 'server'): void {
    this.#silence.noAnswer(from);
  }
}

function line({ component, outcome, seconds, cause }: ComponentResult): string {
  const mark = outcome === 'rotated' ? pc.green('✓') : outcome === 'running' ? '…' : pc.red('✗');
  const time = seconds === undefined ? '' : ` ${secondsText(seconds)}`;
  return `${mark} ${component.padEnd(20)} ${outcome}${time}${cause === undefined ? '' : pc.dim(` ${causeText(cause)}`)}`;
}

function stepLine(component: string, step: StepRecord): string {
  const mark = step.outcome === 'done' ? ' ' : pc.red('✗');
  return `${mark} ${component.padEnd(20)} ${pc.dim(`${stepTitle(step)} ${secondsText(step.seconds)}`)}`;
}

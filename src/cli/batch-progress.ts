import pc from 'picocolors';
import type { Follower } from '../client/follow.ts';
import type { BatchReport, ComponentResult } from '../domain/batch.ts';
import { say } from './say.ts';
import { SilenceWarning } from './silence.ts';

/** Shows a running batch on stderr: a line when a rotation begins, and one when it has ended. */
export class BatchProgress implements Follower<BatchReport> {
  readonly #shown = new Map<string, ComponentResult['outcome']>();
  readonly #silence = new SilenceWarning('The batch');

  constructor(private readonly quiet: boolean) {}

  progress({ components, stopped }: BatchReport): void {
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

  noAnswer(): void {
    this.#silence.noAnswer(this.quiet);
  }
}

function line({ component, outcome, seconds, cause }: ComponentResult): string {
  const mark = outcome === 'rotated' ? pc.green('✓') : outcome === 'running' ? '…' : pc.red('✗');
  const time = seconds === undefined ? '' : ` ${seconds.toFixed(1)} s`;
  return `${mark} ${component.padEnd(20)} ${outcome}${time}${cause === undefined ? '' : pc.dim(` ${cause.type}: ${cause.message}`)}`;
}

import { setCurrentDetails } from '@temporalio/workflow';
import { BUDGET_SECONDS, TOTAL_BUDGET_SECONDS } from '../domain/budgets.ts';
import type { Component, WorkloadRef } from '../domain/component.ts';
import type { Finding } from '../domain/preflight/index.ts';
import type { Cause, Outcome, RotationReport, Step, StepRecord, Target } from '../domain/rotation.ts';
import { timelineMarkdown } from '../domain/timeline.ts';
import { toCause } from './cause.ts';

type Draft = { -readonly [Key in keyof RotationReport]: RotationReport[Key] };

/** What has happened so far: the rotation's report while it is being written. Every entry also goes to the Web UI. */
export class Logbook {
  readonly #draft: Draft;
  readonly #steps: StepRecord[] = [];

  constructor(
    opening: Pick<RotationReport, 'rotation' | 'workflowId' | 'runId' | 'component'> & {
      readonly reason: string | undefined;
    },
  ) {
    const { reason, ...rest } = opening;
    this.#draft = {
      ...rest,
      ...(reason !== undefined && { reason }),
      strategy: 'in-place',
      source: 'kubernetes',
      workloads: [],
      outcome: 'running',
      startedAt: now(),
      budgetSeconds: TOTAL_BUDGET_SECONDS,
      steps: this.#steps,
      warnings: [],
    };
  }

  report(): RotationReport {
    return { ...this.#draft, steps: [...this.#steps] };
  }

  resolved(where: Component, workloads: readonly WorkloadRef[], warnings: readonly string[]): void {
    Object.assign(this.#draft, { where, workloads, warnings });
  }

  diagnosed(diagnosis: readonly Finding[]): void {
    this.#draft.diagnosis = diagnosis;
  }

  warn(warning: string): void {
    this.#draft.warnings = [...this.#draft.warnings, warning];
  }

  /** Runs a step and writes down its time and what `describe` says of its result. */
  async step<T>(step: Step, target: Target, run: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    const index = this.#steps.length;
    const startedAt = now();
    const opened: StepRecord = { step, target, startedAt, budgetSeconds: BUDGET_SECONDS[step], outcome: 'running' };
    this.#write(index, opened);
    try {
      const result = await run();
      this.#write(index, { ...opened, ...ended(startedAt), outcome: 'done', detail: describe(result) });
      return result;
    } catch (error) {
      this.#write(index, { ...opened, ...ended(startedAt), outcome: 'failed', detail: toCause(error).message });
      throw error;
    }
  }

  end(outcome: Outcome, because?: { readonly cause: Cause; readonly advice?: string }): RotationReport {
    Object.assign(this.#draft, { outcome, ...ended(this.#draft.startedAt), ...because });
    setCurrentDetails(timelineMarkdown(this.report()));
    return this.report();
  }

  #write(index: number, record: StepRecord): void {
    this.#steps[index] = record;
    setCurrentDetails(timelineMarkdown(this.report()));
  }
}

function now(): string {
  return new Date().toISOString();
}

function ended(startedAt: string): { readonly endedAt: string; readonly seconds: number } {
  const endedAt = now();
  return { endedAt, seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000 };
}

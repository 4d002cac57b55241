import { setCurrentDetails } from '@temporalio/workflow';
import {
  batchOutcome,
  notStarted,
  type BatchReport,
  type BatchSoFar,
  type ComponentResult,
  type RotateBatchRequest,
} from '../domain/batch/batch.ts';
import { batchDetails } from '../domain/batch/timeline.ts';
import type { SearchAttributeValues } from './search-attributes.ts';

/** The results of a batch's components so far. Every entry also goes to the Web UI. */
export class BatchLogbook {
  readonly #results: Map<string, ComponentResult>;
  readonly #startedAt: string;
  #order: readonly string[];
  #stopped: string | undefined;
  #setAttributes: (values: SearchAttributeValues) => void = () => undefined;
  #closing: Pick<BatchReport, 'outcome' | 'endedAt' | 'seconds'> = { outcome: 'running' };

  constructor(
    private readonly request: RotateBatchRequest,
    private readonly workflowId: string,
    soFar: BatchSoFar | undefined,
  ) {
    this.#startedAt = soFar?.startedAt ?? new Date().toISOString();
    this.#order = soFar?.order ?? [];
    this.#results = new Map(soFar?.ended.map((result) => [result.component, result]));
  }

  /** From this call on, a search can find the batch by its outcome. */
  findableBy(setAttributes: (values: SearchAttributeValues) => void): void {
    this.#setAttributes = setAttributes;
  }

  ordered(components: readonly string[]): void {
    this.#order = components;
  }

  write(result: ComponentResult): void {
    this.#results.set(result.component, result);
    this.#show();
  }

  /** Starts no further rotation. Only the first given reason counts. */
  stop(because: string | undefined): void {
    this.#stopped ??= because;
  }

  get stopped(): string | undefined {
    return this.#stopped;
  }

  get ended(): readonly ComponentResult[] {
    return [...this.#results.values()].filter(({ outcome }) => outcome !== 'running');
  }

  /** Components whose turn has not come yet. */
  get left(): readonly string[] {
    return this.#order.filter((component) => !this.#results.has(component));
  }

  soFar(): BatchSoFar {
    return { startedAt: this.#startedAt, order: this.#order, ended: this.ended };
  }

  end(): BatchReport {
    const endedAt = new Date().toISOString();
    const seconds = (Date.parse(endedAt) - Date.parse(this.#startedAt)) / 1_000;
    this.#closing = { outcome: batchOutcome(this.#components()), endedAt, seconds };
    this.#show();
    this.#setAttributes({ outcome: this.#closing.outcome });
    return this.report();
  }

  report(): BatchReport {
    const { reason, startedBy, concurrency } = this.request;
    return {
      workflowId: this.workflowId,
      ...this.#closing,
      components: this.#components(),
      stopped: this.#stopped,
      reason,
      startedBy,
      concurrency,
      startedAt: this.#startedAt,
    };
  }

  #components(): readonly ComponentResult[] {
    return this.#order.map((component) => this.#results.get(component) ?? notStarted(component));
  }

  #show(): void {
    setCurrentDetails(batchDetails(this.report()));
  }
}

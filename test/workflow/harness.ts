import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId, WorkflowOptions } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../../src/activities/types/index.ts';
import { awaitBatchReport } from '../../src/client/batch.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import type { BatchReport } from '../../src/domain/batch/batch.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import type { adoptAlternating, rotateBatch, rotatePassword } from '../../src/workflows/index.ts';
import { StubActivities } from './stub-activities.ts';

/** The workflows as `bundle-once.js` has bundled them for this run. */
export function bundledWorkflows(): NonNullable<WorkerOptions['workflowBundle']> {
  const codePath = process.env['WORKFLOW_BUNDLE_UNDER_TEST'];
  if (codePath === undefined) throw new Error('no workflow bundle: run these tests as the project "workflow"');
  return { codePath };
}

/** The Temporal server and the worker of a file's tests: they start before the first one and end after the last. */
export function useWorkflowHarness(
  createEnvironment: () => Promise<TestWorkflowEnvironment>,
  taskQueue?: string,
  workerOptions?: Partial<WorkerOptions>,
): WorkflowHarness {
  const harness = new WorkflowHarness(undefined, taskQueue, workerOptions);
  beforeAll(async () => harness.start(await createEnvironment()), 60_000);
  afterAll(async () => {
    await harness.stop();
    await harness.environment.teardown();
  });
  return harness;
}

/** One worker for a whole file of tests, with activities that each test brings anew. */
export class WorkflowHarness {
  #stubs = new StubActivities();
  #worker: Worker | undefined;
  #running: Promise<void> | undefined;

  #environment: TestWorkflowEnvironment | undefined;

  /**
   * @param environment where it is there already; otherwise `start` is given one.
   * @param workerOptions what is otherwise about the worker.
   */
  constructor(
    environment?: TestWorkflowEnvironment,
    readonly taskQueue = `test-${randomUUID()}`,
    private readonly workerOptions: Partial<WorkerOptions> = {},
  ) {
    this.#environment = environment;
  }

  get environment(): TestWorkflowEnvironment {
    if (this.#environment === undefined) throw new Error('the Temporal server is there inside a test only');
    return this.#environment;
  }

  async start(environment = this.#environment): Promise<void> {
    this.#environment = environment;
    const names = Object.keys(this.#stubs.activities) as (keyof Activities)[];
    const current = (name: keyof Activities) => (input: never) => this.#stubs.activities[name](input);
    this.#worker = await Worker.create({
      connection: this.environment.nativeConnection,
      taskQueue: this.taskQueue,
      workflowBundle: bundledWorkflows(),
      activities: Object.fromEntries(names.map((name) => [name, current(name)])),
      ...this.workerOptions,
    });
    this.#running = this.#worker.run();
  }

  async stop(): Promise<void> {
    this.#worker?.shutdown();
    await this.#running;
  }

  /** The activities from now on. */
  use(stubs: StubActivities): void {
    this.#stubs = stubs;
  }

  /** Starts `rotateBatch` as the Web UI does. */
  async beginBatch(
    stubs: StubActivities,
    input: unknown = {},
  ): Promise<WorkflowHandleWithFirstExecutionRunId<typeof rotateBatch>> {
    this.use(stubs);
    return this.environment.client.workflow.start<typeof rotateBatch>('rotateBatch', {
      taskQueue: this.taskQueue,
      workflowId: `batch-${randomUUID()}`,
      args: [input as object],
    });
  }

  /** Runs a batch to its end. */
  async batch(stubs: StubActivities, input?: unknown): Promise<BatchReport> {
    return awaitBatchReport(await this.beginBatch(stubs, input));
  }

  /** Starts `rotatePassword` as the Web UI does: one JSON argument, whatever it is. */
  async begin(
    stubs: StubActivities,
    input: unknown = { component: 'litellm' },
    workflowId = `rotate-${randomUUID()}`,
    more: Pick<WorkflowOptions, 'typedSearchAttributes'> = {},
  ): Promise<WorkflowHandleWithFirstExecutionRunId<typeof rotatePassword>> {
    this.use(stubs);
    return this.environment.client.workflow.start<typeof rotatePassword>('rotatePassword', {
      taskQueue: this.taskQueue,
      workflowId,
      args: [input as { component: string }],
      ...more,
    });
  }

  /** Starts `adoptAlternating` as the Web UI does. */
  async beginAdoption(
    stubs: StubActivities,
    input: unknown,
    workflowId: string,
  ): Promise<WorkflowHandleWithFirstExecutionRunId<typeof adoptAlternating>> {
    this.use(stubs);
    return this.environment.client.workflow.start<typeof adoptAlternating>('adoptAlternating', {
      taskQueue: this.taskQueue,
      workflowId,
      args: [input as { component: string }],
    });
  }

  /** Runs a workflow that looks only. */
  async check<T>(type: 'checkComponent' | 'checkCatalogue', stubs: StubActivities, input: unknown): Promise<T> {
    this.use(stubs);
    return (await this.environment.client.workflow.execute(type, {
      taskQueue: this.taskQueue,
      workflowId: `check-${randomUUID()}`,
      args: [input],
    })) as T;
  }

  /** Runs a rotation to its end. */
  async rotate(stubs: StubActivities, input?: unknown): Promise<RotationReport> {
    return awaitReport(await this.begin(stubs, input));
  }
}

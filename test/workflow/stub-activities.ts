import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities, RotationActivities, StepInput } from '../../src/activities/types.ts';
import { HEARTBEAT_INTERVAL_MS } from '../../src/domain/budgets.ts';
import type { FailureType } from '../../src/domain/failures.ts';
import type { Finding } from '../../src/domain/preflight/index.ts';
import type { Outcome, Target } from '../../src/domain/rotation.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';
import { LITELLM } from '../support/examples.ts';

/** The calls of a rotation that goes well, and of the way back. */
export const FORWARD = [
  'preflight',
  'stage',
  'publish pending',
  'sync pending',
  'restart pending',
  'verify pending',
  'finish',
];
export const BACK = ['publish previous', 'sync previous', 'restart previous', 'verify previous', 'finish'];

const APPLIED_AT = '2026-01-01T00:00:00.000Z';

export type ActivityName = keyof RotationActivities;

type Failing = {
  readonly target?: Target;
  readonly component?: string;
  readonly times?: number;
  readonly type: FailureType;
  readonly retryable?: boolean;
};

/** Activities whose calls are written down, and which fail where a test asks for it. */
export class StubActivities {
  /** `publish pending`, in the order of the calls. */
  readonly calls: string[] = [];
  outcome: Outcome | undefined;
  cnpgSyncs = true;
  /** Whether the live Secret was written by this rotation. */
  written = true;
  /** The Secrets that preflight finds. */
  secrets: readonly string[] = ['litellm-db-secret'];
  /** What a diagnosis finds. */
  findings: readonly Finding[] = [];
  /** Where Git has the password, if it has. */
  gitops: GitOpsSource | undefined;
  catalogue: readonly string[] = ['litellm', 'langfuse', 'obot', 'dragonfly'];
  searchAttributesAvailable = false;
  /** The components whose rotation has begun, in the order of their beginning. */
  readonly begun: string[] = [];
  /** The components that are being rotated right now. */
  readonly running = new Set<string>();
  /** Called at the start of each activity. */
  before: (call: string, component: string) => Promise<void> = () => Promise.resolve();
  readonly #failing = new Map<ActivityName, Failing & { left: number }>();

  /** Makes an activity fail: for one target or both, for a number of calls or always. */
  fail(name: ActivityName, failing: Failing): this {
    this.#failing.set(name, { ...failing, left: failing.times ?? Number.POSITIVE_INFINITY });
    return this;
  }

  readonly activities: Activities = {
    preflight: ({ component }) =>
      this.#act('preflight', component, undefined, () => ({
        component: { ...LITELLM, name: component, ...(this.gitops !== undefined && { gitops: this.gitops }) },
        secrets: this.secrets,
        workloads: [{ kind: 'Deployment', name: 'litellm', secrets: ['litellm-db-secret'] }],
        warnings: [],
      })),
    stage: ({ rotation }) =>
      this.#act('stage', rotation.component.name, undefined, () => ({
        stagingSecret: 'litellm-db-secret-rotation',
        resourceVersion: '10',
      })),
    publish: (input) =>
      this.#actFor('publish', input, () => ({
        touched: input.target === 'pending' || this.written,
        secrets: [{ name: 'litellm-db-secret', resourceVersion: '11', changedKeys: ['password', 'uri'] }],
      })),
    publishThroughGit: (input) =>
      this.#actFor('publishThroughGit', input, () => ({
        touched: input.target === 'pending' || this.written,
        secrets: [{ name: 'litellm-db-secret', resourceVersion: '11', changedKeys: ['password', 'uri'] }],
        commit: '0123456789abcdef0123456789abcdef01234567',
      })),
    sync: (input) =>
      this.#actFor('sync', input, () =>
        this.cnpgSyncs
          ? { proven: true, primary: 'litellm-postgresql-1', version: '11', nudged: false, appliedAt: APPLIED_AT }
          : { proven: false, because: 'CNPG applied version 9, not yet 11' },
      ),
    emergencyAlterUser: (input) =>
      this.#actFor('emergencyAlterUser', input, () => ({
        primary: 'litellm-postgresql-1',
        appliedAt: APPLIED_AT,
      })),
    restart: (input) =>
      this.#actFor('restart', input, () => ({
        workloads: [{ kind: 'Deployment', name: 'litellm', by: 'reloader', pods: ['litellm-a', 'litellm-b'] }],
      })),
    verify: (input) =>
      this.#actFor('verify', input, () => ({
        accepted: input.target,
        refusedWith: '28P01',
        serverVersion: '15.18',
        refusedLogins: { count: 12, windowSeconds: 3.5, byClient: [{ client: '10.244.0.7', count: 12 }] },
        warnings: [],
      })),
    finish: ({ rotation, outcome }) =>
      this.#act('finish', rotation.component.name, undefined, () => {
        this.outcome = outcome;
        this.running.delete(rotation.component.name);
      }),
    diagnose: ({ component }) =>
      this.#act('diagnose', component, undefined, () => ({
        component,
        where: { ...LITELLM, name: component },
        findings: this.findings,
        checkedAt: '2026-11-24T08:00:00.000Z',
      })),
    listComponents: () => Promise.resolve(this.catalogue),
    searchAttributesAvailable: () => Promise.resolve(this.searchAttributesAvailable),
  };

  #actFor<T>(name: ActivityName, { rotation, target }: StepInput, result: () => T): Promise<T> {
    return this.#act(name, rotation.component.name, target, result);
  }

  async #act<T>(name: ActivityName, component: string, target: Target | undefined, result: () => T): Promise<T> {
    const call = target === undefined ? name : `${name} ${target}`;
    this.calls.push(call);
    if (name === 'preflight') {
      this.begun.push(component);
      this.running.add(component);
    }
    // As the real ones do: what a test does meanwhile may take longer than a heartbeat's time on a busy machine.
    const context = Context.current();
    const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
    await this.before(call, component).finally(() => clearInterval(heartbeat));
    const failing = this.#failing.get(name);
    if (
      failing !== undefined &&
      failing.left > 0 &&
      (failing.target ?? target) === target &&
      (failing.component ?? component) === component
    ) {
      if (name === 'preflight') this.running.delete(component);
      failing.left -= 1;
      throw ApplicationFailure.create({
        type: failing.type,
        message: `${name} failed as the test asked`,
        nonRetryable: failing.retryable !== true,
      });
    }
    return result();
  }
}

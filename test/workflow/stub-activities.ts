import { guard } from '../../src/activities/guard.ts';
import type {
  Activities,
  AdoptionPreflight,
  PublishInput,
  WaitResult,
  WatchResult,
} from '../../src/activities/types/index.ts';
import type { StagingFound } from '../../src/domain/rotation/advice.ts';
import type { Consumer } from '../../src/domain/consumers/consumer.ts';
import { RotationError, type FailureType } from '../../src/domain/failures.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { HookAction, HookRef } from '../../src/domain/hook.ts';
import type { Outcome } from '../../src/domain/rotation/report.ts';
import type { TookOver } from '../../src/domain/rotation/took-over.ts';
import type { Target } from '../../src/domain/steps.ts';
import type { SecretPlan } from '../../src/domain/secret-plan/index.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';
import type { Turn } from '../../src/domain/component.ts';
import { BUDGETS, type ActivityName } from './budgets.ts';
import { Losses } from './losses.ts';
import { adoptionFound } from './stub-adoption.ts';
import { exampleComponent, KUBERNETES, LITELLM, REFUSED } from '../harness/examples.ts';

const [A, B] = exampleComponent({ name: 'litellm' }).alternating.logins;
const TURN: Turn = { active: A, idle: B };

const CHANGED = { changed: true };
const APPLIED_AT = '2026-01-01T00:00:00.000Z';

/** Which of two login roles' Secrets a step is about; the application's where it is about none. */
type Part = 'application' | 'incoming' | 'outgoing';
const PARTS = { publish: 'application', prepare: 'incoming', retire: 'outgoing' } as const;

type Failing = {
  readonly target?: Target;
  readonly part?: Part;
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
  told: string | undefined;
  cnpgSyncs = true;
  /** The components whose passwords CNPG does not apply. */
  notSynced: readonly string[] = [];
  /** Why CNPG cannot reconcile the role. */
  complaints: readonly string[] = [];
  /** What is found of the staging Secret of a rotation that needs attention. */
  staging: StagingFound = 'kept';
  /** Whether the live Secret was written by this rotation. */
  written = true;
  /** The Secrets that preflight finds. */
  secrets: readonly string[] = ['litellm-db-secret'];
  /** With two login roles: whether the one that went out was locked out by this rotation. */
  retired = false;
  alternating = false;
  /** CNPG's operator does not answer in preflight. */
  operatorAway = false;
  /** Sessions that outlive their role's password. */
  stragglers = 0;
  /** Who is left behind at the proof, and who is still refused while the rotation watches. */
  leftBehind: readonly [WatchResult['leftBehind'], WatchResult['leftBehind']] = [[], []];
  ofAnEarlierVersion = false;
  losses = new Losses();
  /** Old pods that are ending when the restart is done. */
  endingPods: readonly string[] = [];
  /** What the role can do, before and after. */
  attributes: readonly [before: readonly string[] | undefined, after: readonly string[]] = [[], []];
  /** What a diagnosis finds. */
  findings: readonly Finding[] = [];
  /** What the hook was asked for, in order. */
  readonly asked: HookAction[] = [];
  /** The hook before the first write. */
  hook: HookRef | undefined;
  /** Where Git has the password, if it has. */
  gitops: GitOpsSource | undefined;
  /** The login roles' own Secrets that Flux applies too. */
  roleSecretsInGit: readonly string[] | undefined;
  /** The time to publish through Git, where Flux may need longer than usual. */
  gitPublishSeconds: number | undefined;
  catalogue: readonly string[] = ['litellm', 'langfuse', 'obot', 'dragonfly'];
  searchAttributesAvailable = false;
  /** What is otherwise in what an adoption's preflight finds. */
  adoption: Partial<AdoptionPreflight> = {};
  /** The DatabaseRole for which CNPG generates the password. */
  generatedBy: string | undefined;
  /** Whether CNPG has generated a password when the rotation takes its request back. */
  generatedMeanwhile = false;
  /** The components whose rotation has begun, in the order of their beginning. */
  readonly begun: string[] = [];
  /** The components that are being rotated right now. */
  readonly running = new Set<string>();
  /** The rotations whose locks are taken over, one after the other. */
  interrupted: readonly TookOver[] = [];
  /** Called at the start of each activity. */
  before: (call: string, component: string) => Promise<void> = () => Promise.resolve();
  readonly #failing = new Map<ActivityName, Failing & { left: number }>();

  /** Makes an activity fail: for one target or both, for a number of calls or always. */
  fail(name: ActivityName, failing: Failing): this {
    this.#failing.set(name, { ...failing, left: failing.times ?? Number.POSITIVE_INFINITY });
    return this;
  }

  /** Preflight finds objects that a login role owns. */
  reassigns = false;
  /** Those who use the password besides the workloads. */
  consumers: readonly Consumer[] = [];
  /** The Jobs that still run when the wait for them is over. */
  jobsLeft: WaitResult['left'] = [];

  readonly activities: Activities = {
    preflight: ({ component, watchSeconds }) =>
      this.#act('preflight', component, undefined, () => ({
        kubernetes: KUBERNETES,
        component: {
          ...LITELLM,
          name: component,
          ...(watchSeconds !== undefined && { watchSeconds }),
          ...(this.alternating && { strategy: 'alternating' }),
          ...(this.gitops !== undefined && { gitops: this.gitops }),
          ...(this.hook !== undefined && { hook: this.hook }),
        },
        ...(this.alternating && { turn: TURN }),
        roleAttributes: this.attributes[0] && { role: 'litellm', attributes: this.attributes[0], memberOf: [] },
        ...(this.generatedBy !== undefined && { generatedBy: this.generatedBy }),
        roleSecretsInGit: this.roleSecretsInGit,
        gitPublishSeconds: this.gitPublishSeconds,
        ...(this.reassigns && { reassigns: true as const }),
        ...(this.operatorAway && { operatorAway: true as const }),
        secrets: this.secrets,
        plan: planOf(this.secrets),
        passwordAt: { secret: 'litellm-db-secret', key: 'password', within: '' },
        workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm', secrets: ['litellm-db-secret'] }],
        ...(this.consumers.length > 0 && { consumers: this.consumers }),
        warnings: [],
      })),
    hook: ({ rotation, action }) => {
      this.asked.push(action);
      return this.#act('hook', rotation.component.name, undefined, () => undefined);
    },
    generate: ({ rotation, target }) =>
      this.#act('generate', rotation.component.name, target, () => ({
        generated: target === 'pending' || this.generatedMeanwhile,
        resourceVersion: '11',
        clients: [],
      })),
    waitForJobs: ({ rotation }) =>
      this.#act('waitForJobs', rotation.component.name, undefined, () => ({ left: this.jobsLeft })),
    stage: ({ rotation, replayed = [] }) =>
      this.#act('stage', rotation.component.name, undefined, () => {
        const tookOver = this.interrupted.find((one) => !replayed.includes(one.rotation));
        return { stagingSecret: 'litellm-db-secret-rotation', ...(tookOver && { tookOver }) };
      }),
    publish: (input) =>
      this.#write('publish', input, () => ({
        touched: input.change.target === 'pending' || this.#isWritten(input.change),
        secrets: [{ name: 'litellm-db-secret', resourceVersion: '11', changedKeys: ['password', 'uri'] }],
        clients: [],
      })),
    publishThroughGit: (input) =>
      this.#write('publishThroughGit', input, () => ({
        touched: input.change.target === 'pending' || this.#isWritten(input.change),
        secrets: [{ name: 'litellm-db-secret', resourceVersion: '11', changedKeys: ['password', 'uri'] }],
        commit: '0123456789abcdef0123456789abcdef01234567',
        clients: [],
      })),
    followCopies: (input) =>
      this.#act('followCopies', input.rotation.component.name, input.change.target, () => undefined),
    sync: (input) =>
      this.#write('sync', input, () =>
        this.cnpgSyncs && !this.notSynced.includes(input.rotation.component.name)
          ? {
              proven: true,
              primary: 'litellm-postgresql-1',
              version: '11',
              nudged: false,
              appliedAt: APPLIED_AT,
              ownAddresses: [],
            }
          : { proven: false, because: 'CNPG applied version 9, not yet 11', ownAddresses: [] },
      ),
    emergencyAlterUser: (input) =>
      this.#write('emergencyAlterUser', input, () => ({
        primary: 'litellm-postgresql-1',
        appliedAt: APPLIED_AT,
        altered: true,
        ownAddresses: [],
        ...(this.complaints.length > 0 && { cannotReconcile: this.complaints }),
      })),
    restart: ({ rotation, restart, proven }) =>
      this.#act('restart', rotation.component.name, restart.target, () =>
        this.losses.or('restart', proven, {
          workloads: [
            {
              kind: 'Deployment',
              namespace: 'ai-system',
              name: 'litellm',
              by: 'reloader',
              pods: ['litellm-a', 'litellm-b'],
              ...(this.endingPods.length > 0 && { ending: this.endingPods }),
            },
          ],
        }),
      ),
    reassign: ({ rotation, reassign }) =>
      this.#act('reassign', rotation.component.name, reassign.target, () => ({
        given: ['table public.orders'],
        objects: 1,
      })),
    drain: ({ rotation, drain }) =>
      this.#act('drain', rotation.component.name, drain.target, () => ({
        role: drain.old.role,
        left: this.stragglers,
        ended: 0,
        clients: [],
        ownAddresses: [],
      })),
    verify: ({ rotation, end, proven }) =>
      this.#act('verify', rotation.component.name, end.target, () =>
        this.losses.or('verify', proven, {
          refusedWith: '28P01',
          serverVersion: '15.18',
          roleAttributes: { role: 'litellm', attributes: this.attributes[1], memberOf: [] },
          refusedLogins: REFUSED,
          ...(!this.ofAnEarlierVersion && { provenAt: APPLIED_AT, aheadMs: 0 }),
          leftBehind: end.target === 'pending' ? this.leftBehind[0] : [],
          warnings: [],
        }),
      ),
    watch: ({ rotation: { component } }) =>
      this.#act('watch', component.name, undefined, () => ({ leftBehind: this.leftBehind[1] })),
    finish: ({ rotation, outcome, leftBehind }) =>
      this.#act('finish', rotation.component.name, undefined, () => {
        Object.assign(this, { outcome, told: leftBehind });
        this.running.delete(rotation.component.name);
        return { staging: outcome === 'needs-attention' ? this.staging : 'removed' };
      }),
    diagnose: ({ component }) =>
      this.#act('diagnose', component, undefined, () => ({
        component,
        where: { ...LITELLM, name: component },
        findings: this.findings,
        plan: { changes: [], leftAlone: [], unclear: [], workloads: [] },
        checkedAt: '2026-11-24T08:00:00.000Z',
        ownAddresses: [],
      })),
    preflightAdoption: ({ component, direction }) =>
      this.#act('preflightAdoption', component, undefined, () => ({
        ...adoptionFound(component, direction, planOf(['litellm-db-secret'])),
        ...this.adoption,
      })),
    splitSecrets: ({ rotation: { component } }) =>
      this.#act('splitSecrets', component.name, undefined, () => ({ secrets: ['litellm-owner-role'] })),
    declareRoles: ({ rotation }) =>
      this.#act('declareRoles', rotation.component.name, undefined, () => ({ roles: LITELLM.alternating.logins })),
    withdrawRoles: ({ rotation: { component } }) =>
      this.#act('withdrawRoles', component.name, undefined, () => CHANGED),
    listComponents: () => Promise.resolve(this.catalogue),
    readState: ({ component }) =>
      Promise.resolve({ component, namespace: 'apps', cluster: component, strategy: 'in-place' as const }),
    searchAttributesAvailable: () => Promise.resolve(this.searchAttributesAvailable),
  };

  #isWritten({ step }: PublishInput['change']): boolean {
    return step === 'prepare' ? this.retired : this.written;
  }

  #write<T>(name: ActivityName, { rotation, change: { target, step } }: PublishInput, result: () => T): Promise<T> {
    return this.#act(name, rotation.component.name, target, result, PARTS[step]);
  }

  /** Under the guard of the real activities, which says what is tried again and how often. */
  #act<T>(
    name: ActivityName,
    component: string,
    target: Target | undefined,
    result: () => T,
    part: Part = 'application',
  ): Promise<T> {
    return guard(BUDGETS[name], () => this.#run(name, component, target, result, part));
  }

  async #run<T>(
    name: ActivityName,
    component: string,
    target: Target | undefined,
    result: () => T,
    part: Part,
  ): Promise<T> {
    const call = [name, target, part === 'application' ? undefined : part].filter(Boolean).join(' ');
    this.calls.push(call);
    if (name === 'preflight') {
      this.begun.push(component);
      this.running.add(component);
    }
    await this.before(call, component);
    const failing = this.#failing.get(name);
    if (
      failing !== undefined &&
      failing.left > 0 &&
      (failing.target ?? target) === target &&
      (failing.part ?? part) === part &&
      (failing.component ?? component) === component
    ) {
      if (name === 'preflight') this.running.delete(component);
      failing.left -= 1;
      throw new RotationError(failing.type, `${name} failed as the test asked`, {
        retryable: failing.retryable === true,
      });
    }
    return result();
  }
}

/** The password of each Secret changes, and nothing else. */
function planOf(secrets: readonly string[]): SecretPlan {
  return {
    changes: secrets.map((secret) => ({
      secret,
      place: { key: 'password', within: '', meaning: 'password' },
      why: 'CNPG sets the password of the role from it',
    })),
    leftAlone: [],
    unclear: [],
    nameless: [],
  };
}

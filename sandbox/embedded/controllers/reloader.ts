import { ApiError, type Kinds, type Store } from '../api/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { PodSpec } from '../pods/environment.ts';
import { startCronJob } from './cron-job.ts';
import { pauseOf, shouldReload, watches, type ChangedSecret, type Decision } from './reloader-decision.ts';
import { containerThatReads, markOf, secretHash } from './reloader-mark.ts';
import { optionsOf, type ReloaderOptions } from './reloader-options.ts';

const MANAGER = 'Reloader';
const ROLLED = {
  deployments: 'Deployment',
  daemonsets: 'DaemonSet',
  statefulsets: 'StatefulSet',
  rollouts: 'Rollout',
} as const;
type RolledResource = keyof typeof ROLLED;

type Deployment = Kinds['deployments'];
/** What the kinds that Reloader rolls have in common. */
interface Rolled {
  readonly metadata?: Deployment['metadata'];
  readonly spec?: unknown;
}

/**
 * Marks the pod templates of the workloads that ask for it when the data of a Secret change, as Reloader v1.4 does: once
 * for each Secret, waiting for nothing, and blind to what happens while it is down. Each Deployment with Reloader's label
 * is one, and acts by its own arguments.
 */
export class Reloader {
  readonly #unsubscribe: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** As in Reloader, a pause that somebody else ended keeps its entry, and the next pause is then never ended. */
  readonly #pauses = new Set<string>();

  constructor(
    private readonly store: Store,
    private readonly behaviour: Behaviour,
    /** Whether a pod of the Deployment is there and ready. */
    private readonly isUp: (namespace: string, name: string) => boolean,
  ) {
    this.#unsubscribe = store.subscribe('secrets', ({ type, object, previous }) => {
      if (type !== 'MODIFIED' || secretHash(object) === secretHash(previous ?? {})) return;
      for (const reloader of this.#reloaders())
        this.#later(this.behaviour.reloaderDelayMs, () => this.#secretChanged(reloader, object));
    });
  }

  close(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #reloaders(): readonly ReloaderOptions[] {
    return this.store
      .list('deployments')
      .filter(({ metadata }) => metadata?.labels?.['app.kubernetes.io/name'] === 'reloader')
      .filter(({ metadata }) => this.isUp(metadata?.namespace ?? '', metadata?.name ?? ''))
      .map(optionsOf);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #secretChanged(options: ReloaderOptions, object: Kinds['secrets']): void {
    const { namespace = '', name = '', annotations = {}, labels = {} } = object.metadata ?? {};
    const namespaceLabels = this.store.find('namespaces', { name: namespace })?.metadata?.labels ?? {};
    const secret = { name, namespace, annotations, labels, namespaceLabels };
    if (!watches(options, secret)) return;
    for (const resource of Object.keys(ROLLED) as RolledResource[])
      for (const workload of this.store.list(resource, { namespace }) as readonly Rolled[])
        this.#unlessDeleted(() => this.#roll(options, resource, workload, { secret, object }));
    for (const cronJob of this.store.list('cronjobs', { namespace }))
      if (this.#isChosen(options, 'CronJob', cronJob.metadata, cronJob.spec?.jobTemplate.spec?.template, secret))
        startCronJob(this.store, cronJob, MANAGER);
    for (const job of this.store.list('jobs', { namespace }))
      if (this.#isChosen(options, 'Job', job.metadata, job.spec?.template, secret))
        this.#unlessDeleted(() => this.#makeAnew(job));
  }

  #roll(
    options: ReloaderOptions,
    resource: RolledResource,
    workload: Rolled,
    { secret, object }: { readonly secret: ChangedSecret; readonly object: Kinds['secrets'] },
  ): void {
    const { namespace = '', name = '', annotations = {} } = workload.metadata ?? {};
    const { template } = workload.spec as { template?: { metadata?: { annotations?: object }; spec?: PodSpec } };
    if (template?.spec === undefined) return;
    const podAnnotations = (template.metadata?.annotations ?? {}) as Readonly<Record<string, string>>;
    const kind = ROLLED[resource];
    const container = chosen(
      shouldReload(options, secret, { kind, annotations, podAnnotations }),
      template.spec,
      secret,
    );
    const body = container && markOf(options, template.spec, container, object);
    if (body === undefined) return;
    if (resource === 'deployments' && !this.#pause(options, workload)) return;
    const restarts = annotations['reloader.stakater.com/rollout-strategy'] === 'restart';
    const change =
      resource !== 'rollouts'
        ? ({ type: 'strategic', body } as const)
        : restarts
          ? ({ type: 'merge', body: { spec: { restartAt: new Date().toISOString() } } } as const)
          : ({ type: 'merge', body: { spec: { template: merged(template, body) } } } as const);
    this.store.patch(resource, { namespace, name }, change, { manager: MANAGER });
  }

  /** @returns false where the period is no duration: Reloader then gives the reload up. */
  #pause(options: ReloaderOptions, { metadata, spec }: Rolled): boolean {
    const { namespace = '', name = '', annotations = {} } = metadata ?? {};
    const pause = pauseOf(options, annotations);
    if (pause === undefined) return true;
    if (pause.ms === undefined) return false;
    const key = { namespace, name };
    if ((spec as { paused?: boolean }).paused === true) return true;
    const body = {
      metadata: { annotations: { [pause.pausedAt]: new Date().toISOString().replace(/\.\d+/, '') } },
      spec: { paused: true },
    };
    this.store.patch('deployments', key, { type: 'strategic', body }, { manager: MANAGER });
    const timer = `${namespace}/${name}`;
    if (this.#pauses.has(timer)) return true;
    this.#pauses.add(timer);
    this.#later(pause.ms, () => this.#unlessDeleted(() => this.#resume(key, pause.pausedAt)));
    return true;
  }

  #resume(key: { readonly namespace: string; readonly name: string }, pausedAt: string): void {
    const { metadata, spec } = this.store.get('deployments', key);
    if (spec?.paused !== true || !metadata?.annotations?.[pausedAt]) return;
    this.#pauses.delete(`${key.namespace}/${key.name}`);
    const body = { metadata: { annotations: { [pausedAt]: null } }, spec: { paused: false } };
    this.store.patch('deployments', key, { type: 'strategic', body }, { manager: MANAGER });
  }

  #isChosen(
    options: ReloaderOptions,
    kind: 'CronJob' | 'Job',
    metadata: Deployment['metadata'],
    template: NonNullable<Kinds['jobs']['spec']>['template'] | undefined,
    secret: ChangedSecret,
  ): boolean {
    if (template?.spec == null) return false;
    const podAnnotations = template.metadata?.annotations ?? {};
    const candidate = { kind, annotations: metadata?.annotations ?? {}, podAnnotations };
    return chosen(shouldReload(options, secret, candidate), template.spec, secret) !== undefined;
  }

  /** An annotated Job is deleted and made again, whether it runs or has ended. */
  #makeAnew({ metadata, spec }: Kinds['jobs']): void {
    const { namespace = '', name = '', labels = {}, annotations = {} } = metadata ?? {};
    this.store.delete('jobs', { namespace, name });
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name, labels, annotations } };
    this.store.create('jobs', { ...job, spec: spec && { ...spec, selector: undefined } }, { manager: MANAGER });
  }

  #unlessDeleted(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw new Error('Reloader', { cause: error });
    }
  }
}

/** The container that is to carry the mark, or undefined when the workload is not to be rolled for this Secret. */
function chosen(decision: Decision, spec: PodSpec, { name }: ChangedSecret) {
  if (decision === 'no') return undefined;
  return containerThatReads(spec, name) ?? (decision === 'named' ? spec.containers[0] : undefined);
}

/** A Rollout is no kind of Kubernetes' own, so that it has no strategic merge: the containers are replaced. */
function merged(template: { readonly metadata?: object; readonly spec?: PodSpec }, body: MarkPatch): object {
  const { metadata, spec } = body.spec.template;
  const containers = template.spec?.containers.map((container) => {
    const marked = spec?.containers.find(({ name }) => name === container.name);
    if (marked === undefined) return container;
    const kept = (container.env ?? []).filter(({ name }) => !marked.env.some((one) => one.name === name));
    return { ...container, env: [...kept, ...marked.env] };
  });
  return { ...(metadata && { metadata }), ...(spec && { spec: { containers } }) };
}

type MarkPatch = NonNullable<ReturnType<typeof markOf>>;

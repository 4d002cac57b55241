import { createHash } from 'node:crypto';
import { ApiError, type Kinds, type Store } from '../api/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { PodSpec } from '../pods/environment.ts';

export type ReloadStrategy = 'env-vars' | 'annotations';

const AUTO = 'reloader.stakater.com/auto';
const SECRET_AUTO = 'secret.reloader.stakater.com/auto';
const RELOAD = 'secret.reloader.stakater.com/reload';
const SEARCH = 'reloader.stakater.com/search';
const MATCH = 'reloader.stakater.com/match';
const LAST_RELOADED = 'reloader.stakater.com/last-reloaded-from';

const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets'] as const;
type Workload = Kinds[(typeof WORKLOADS)[number]];
type Annotations = Readonly<Record<string, string>>;

/**
 * Marks the pod templates of the workloads that ask for it when the data of a Secret change, as Reloader v1.1.0 does:
 * once for each Secret, waiting for nothing, and blind to what happens while it is down.
 */
export class Reloader {
  readonly #unsubscribe: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly store: Store,
    private readonly behaviour: Behaviour,
    /** As its arguments say. */
    private readonly strategy: () => ReloadStrategy,
    /** Whether its pod is there and ready. */
    private readonly isUp: () => boolean,
  ) {
    this.#unsubscribe = store.subscribe('secrets', ({ type, object, previous }) => {
      if (type !== 'MODIFIED' || !this.isUp()) return;
      if (secretHash(object) !== secretHash(previous ?? {})) this.#later(() => this.#secretChanged(object));
    });
  }

  close(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #later(act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, this.behaviour.reloaderDelayMs);
    this.#timers.add(timer);
  }

  #secretChanged(secret: Kinds['secrets']): void {
    const { namespace = '', name: secretName = '' } = secret.metadata ?? {};
    const mark = this.strategy() === 'env-vars' ? variableMark : annotationMark;
    for (const resource of WORKLOADS) {
      for (const workload of this.store.list(resource, { namespace }) as readonly Workload[]) {
        const { name = '', annotations = {} } = workload.metadata ?? {};
        const template = workload.spec?.template;
        const index = template?.spec == null ? undefined : chosenContainer(annotations, template, secret);
        if (index === undefined) continue;
        const body = mark(index, workload, secret);
        try {
          this.store.patch(resource, { namespace, name }, { type: 'strategic', body }, { manager: 'Reloader' });
        } catch (error) {
          // The workload was deleted meanwhile.
          if (!(error instanceof ApiError)) throw new Error(`Reloader and ${name} for ${secretName}`, { cause: error });
        }
      }
    }
  }
}

/** SHA-1 over key=value, decoded, sorted by key, joined with a semicolon. */
function secretHash({ data = {} }: Kinds['secrets']): string {
  const pairs = Object.entries(data).map(([key, value]) => `${key}=${Buffer.from(value, 'base64').toString('utf8')}`);
  return createHash('sha1').update(pairs.sort().join(';')).digest('hex');
}

/** The container that is to carry the mark, or undefined when the workload does not ask to be rolled for this Secret. */
function chosenContainer(
  workload: Annotations,
  template: NonNullable<Workload['spec']>['template'],
  secret: Kinds['secrets'],
): number | undefined {
  const onWorkload = [AUTO, SECRET_AUTO, RELOAD, SEARCH].some((name) => name in workload);
  const annotations: Annotations = onWorkload ? workload : (template.metadata?.annotations ?? {});
  const name = secret.metadata?.name ?? '';
  const reading = template.spec === undefined ? undefined : containerThatReads(template.spec, name);
  if (annotations[AUTO] === 'true' || annotations[SECRET_AUTO] === 'true') {
    if (reading !== undefined) return reading;
  }
  if ((annotations[RELOAD] ?? '').split(',').some((pattern) => names(pattern.trim(), name))) return reading ?? 0;
  if (annotations[SEARCH] === 'true' && secret.metadata?.annotations?.[MATCH] === 'true') return reading;
  return undefined;
}

function names(pattern: string, name: string): boolean {
  try {
    return pattern !== '' && new RegExp(`^${pattern}$`).test(name);
  } catch {
    return false;
  }
}

/** A Secret that only an init container reads marks the first container. */
function containerThatReads(pod: PodSpec, secret: string): number | undefined {
  const volumes = (pod.volumes ?? [])
    .filter(
      ({ secret: one, projected }) =>
        one?.secretName === secret || projected?.sources?.some((source) => source.secret?.name === secret) === true,
    )
    .map(({ name }) => name);
  const reads = ({ env, envFrom, volumeMounts }: PodSpec['containers'][number]): boolean =>
    env?.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret) === true ||
    envFrom?.some(({ secretRef }) => secretRef?.name === secret) === true ||
    volumeMounts?.some(({ name }) => volumes.includes(name)) === true;
  const index = pod.containers.findIndex(reads);
  if (index >= 0) return index;
  return pod.initContainers?.some(reads) === true ? 0 : undefined;
}

/** `litellm-db-secret` → `STAKATER_LITELLM_DB_SECRET_SECRET`. */
function variableMark(index: number, { spec }: Workload, secret: Kinds['secrets']): object {
  const name = `STAKATER_${(secret.metadata?.name ?? '').toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_SECRET`;
  const containers = spec?.template.spec?.containers ?? [];
  // Where a container has the variable already, it keeps it.
  const marked = containers.find(({ env }) => env?.some((one) => one.name === name)) ?? containers[index];
  const env = [{ name, value: secretHash(secret) }];
  return { spec: { template: { spec: { containers: [{ name: marked?.name ?? '', env }] } } } };
}

function annotationMark(index: number, { spec }: Workload, secret: Kinds['secrets']): object {
  const { name = '', namespace = '' } = secret.metadata ?? {};
  const mark = JSON.stringify({
    type: 'SECRET',
    name,
    namespace,
    hash: secretHash(secret),
    containerRefs: [spec?.template.spec?.containers[index]?.name ?? ''],
    observedAt: Math.floor(Date.now() / 1_000),
  });
  return { spec: { template: { metadata: { annotations: { [LAST_RELOADED]: mark } } } } };
}

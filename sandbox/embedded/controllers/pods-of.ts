import { createHash, randomBytes } from 'node:crypto';
import { ApiError, type Kinds, type ObjectMeta, type Store } from '../api/index.ts';

export type Template = NonNullable<Kinds['deployments']['spec']>['template'];

/** Ten characters that change with the pod template. */
export function templateHash(template: Template): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
}

/** A name's random end. */
export function suffix(): string {
  return randomBytes(4).toString('hex').slice(0, 5);
}

export function ownerReference(apiVersion: string, kind: string, { name = '', uid = '' }: ObjectMeta) {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function isOwnedBy(object: { readonly metadata?: ObjectMeta }, uid: string): boolean {
  return object.metadata?.ownerReferences?.some((owner) => owner.uid === uid) === true;
}

export function isReadyPod({ status }: Kinds['pods']): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

/** In how many milliseconds a pod counts as available: 0 when it does; `undefined` while it is not ready. */
export function availableIn({ status }: Kinds['pods'], minReadySeconds: number): number | undefined {
  const ready = status?.conditions?.find(({ type, status: value }) => type === 'Ready' && value === 'True');
  if (ready === undefined) return undefined;
  if (minReadySeconds === 0) return 0;
  return Math.max(0, Date.parse(ready.lastTransitionTime ?? '') + minReadySeconds * 1_000 - Date.now());
}

/** When the next of the pods that are ready counts as available, so that somebody looks again then. */
export function soonestAvailable(pods: readonly Kinds['pods'][], minReadySeconds: number): number | undefined {
  const waits = pods.map((pod) => availableIn(pod, minReadySeconds) ?? 0).filter((wait) => wait > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Whether another object's controller has it. */
export function isControlled({ metadata }: { readonly metadata?: ObjectMeta }): boolean {
  return metadata?.ownerReferences?.some(({ controller }) => controller === true) === true;
}

/** Neither being ended nor over. */
export function isAlive({ metadata, status }: Kinds['pods']): boolean {
  return metadata?.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
}

export function makePod(
  template: Template,
  {
    namespace,
    name,
    labels,
    owner,
  }: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly owner: ReturnType<typeof ownerReference>;
  },
): Kinds['pods'] {
  const { labels: own = {}, annotations = {} } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { ...own, ...labels }, annotations, ownerReferences: [owner] },
    spec: { restartPolicy: 'Always', nodeName: 'embedded', ...(template.spec ?? { containers: [] }) },
    status: { phase: 'Pending' },
  };
}

export function deletePod(store: Store, pod: Kinds['pods']): void {
  const { namespace = '', name = '' } = pod.metadata ?? {};
  try {
    store.delete('pods', { namespace, name }, { gracePeriodSeconds: pod.spec?.terminationGracePeriodSeconds ?? 30 });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
  }
}

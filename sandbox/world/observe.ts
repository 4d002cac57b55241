import type { V1ObjectMeta, V1Pod, V1Secret } from '@kubernetes/client-node';
import type { Kube } from './kube.ts';
import type { Place } from './place.ts';
import { IMAGE } from '../common/names.ts';

/** Secrets by their names in the file, each with its keys as base64. */
export type Secrets = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** `Deployment/litellm`: its pod template, its pods, and what they printed last. */
export interface WorkloadState {
  readonly template: string;
  /** How many ReplicaSets it has made: one for each pod template; absent: none. */
  readonly replicaSets?: number;
  /** The uids of those that are not ending. */
  readonly pods: readonly string[];
  /** Of each pod that is not ending, the last line; `undefined` for one that logs nothing in. */
  readonly logins: readonly string[] | undefined;
  /** Lines of these pods that tell of a refused login. */
  readonly refused?: readonly string[];
  /** All that it had to do is done. */
  readonly ended: boolean;
}

export type Workloads = ReadonlyMap<string, WorkloadState>;

/** CNPG's certificates are its business, not the logins that it generates; so is the token of an account. */
const isForeign = ({ metadata, type }: V1Secret): boolean =>
  type === 'kubernetes.io/service-account-token' ||
  (metadata?.ownerReferences?.some(({ kind }) => kind === 'Cluster') === true &&
    metadata.labels?.['cnpg.io/userType'] === undefined);

export async function seeSecrets(kube: Kube, place: Place): Promise<Secrets> {
  const all = await Promise.all(place.namespaces.map((namespace) => kube.secrets(namespace)));
  return new Map(
    all
      .flat()
      .filter((secret) => !isForeign(secret))
      .map((secret) => [
        place.nameOf(secret.metadata?.namespace ?? '', secret.metadata?.name ?? ''),
        secret.data ?? {},
      ]),
  );
}

export async function seeWorkloads(kube: Kube, place: Place): Promise<Workloads> {
  const states = new Map<string, WorkloadState>();
  for (const namespace of place.namespaces) {
    const [objects, pods] = await Promise.all([withPods(kube, namespace), kube.pods(namespace)]);
    const owned = new Map<string, readonly V1Pod[]>();
    for (const { uids } of objects)
      owned.set(
        uids[0] ?? '',
        pods.filter(({ metadata }) => uids.includes(controllerOf(metadata) ?? '')),
      );
    const bare = pods.filter((pod) => ![...owned.values()].flat().includes(pod) && !isOfCluster(pod));
    for (const { kind, name, uids, template } of objects)
      states.set(
        place.nameOf(namespace, `${kind}/${name}`),
        await stateOf(kube, template, owned.get(uids[0] ?? '') ?? [], uids.length - 1),
      );
    for (const pod of bare)
      states.set(
        place.nameOf(namespace, `Pod/${pod.metadata?.name ?? ''}`),
        await stateOf(kube, { spec: pod.spec }, [pod]),
      );
  }
  return states;
}

interface ObjectWithPods {
  readonly kind: string;
  readonly name: string;
  /** Its own, and those of its ReplicaSets. */
  readonly uids: readonly string[];
  readonly template: unknown;
}

/** Whatever makes pods in the namespace, but CNPG. */
async function withPods(kube: Kube, namespace: string): Promise<readonly ObjectWithPods[]> {
  const [deployments, sets, daemons, replicaSets, controllers, jobs, rollouts] = await Promise.all([
    kube.apps.listNamespacedDeployment({ namespace }).then(({ items }) => items),
    kube.apps.listNamespacedStatefulSet({ namespace }).then(({ items }) => items),
    kube.apps.listNamespacedDaemonSet({ namespace }).then(({ items }) => items),
    kube.apps.listNamespacedReplicaSet({ namespace }).then(({ items }) => items),
    kube.core.listNamespacedReplicationController({ namespace }).then(({ items }) => items),
    kube.jobs(namespace),
    kube.rollouts(namespace),
  ]);
  const all = {
    Deployment: deployments,
    StatefulSet: sets,
    DaemonSet: daemons,
    ReplicaSet: replicaSets.filter(({ metadata }) => controllerOf(metadata) === undefined),
    ReplicationController: controllers,
    Job: jobs,
    Rollout: rollouts,
  };
  return Object.entries(all).flatMap(([kind, objects]) =>
    objects.map(({ metadata, spec }) => {
      const uid = metadata?.uid ?? '';
      const own = replicaSets.filter((set) => controllerOf(set.metadata) === uid).map((set) => set.metadata?.uid ?? '');
      return { kind, name: metadata?.name ?? '', uids: [uid, ...own], template: spec?.template };
    }),
  );
}

async function stateOf(kube: Kube, template: unknown, pods: readonly V1Pod[], replicaSets = 0): Promise<WorkloadState> {
  const logsIn = (value: unknown): boolean => JSON.stringify(value ?? null).includes(`"${IMAGE.application}"`);
  const alive = pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const running = alive.filter(({ spec, status }) => logsIn(spec?.containers) && status?.phase !== 'Succeeded');
  const logs = logsIn(template) ? await Promise.all(running.map((pod) => kube.log(pod))) : undefined;
  const lines = (logs ?? []).map((log) => log.trimEnd().split('\n'));
  return {
    template: JSON.stringify(template),
    replicaSets,
    pods: alive.map(({ metadata }) => metadata?.uid ?? ''),
    logins: logs && lines.map((all) => all.at(-1) ?? ''),
    refused: lines.flat().filter((line) => / refused user=/.test(line)),
    ended: pods.length > 0 && pods.every(({ status }) => status?.phase === 'Succeeded'),
  };
}

/** Which keys of which Secrets are not as they were, and which Secrets came or went. */
export function differences(before: Secrets, after: Secrets) {
  const changed: Record<string, readonly string[]> = {};
  for (const [name, data] of before) {
    const now = after.get(name);
    if (now === undefined) continue;
    const keys = [...new Set([...Object.keys(data), ...Object.keys(now)])].filter((key) => data[key] !== now[key]);
    if (keys.length > 0) changed[name] = keys.sort();
  }
  return {
    changed,
    came: [...after.keys()].filter((name) => !before.has(name)),
    went: [...before.keys()].filter((name) => !after.has(name)),
  };
}

function controllerOf(metadata: V1ObjectMeta | undefined): string | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true)?.uid;
}

function isOfCluster({ metadata }: V1Pod): boolean {
  return metadata?.ownerReferences?.some(({ kind }) => kind === 'Cluster') === true;
}

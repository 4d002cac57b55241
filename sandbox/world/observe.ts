import type { V1Secret } from '@kubernetes/client-node';
import type { Kube } from './kube.ts';
import type { Place } from './place.ts';
import { IMAGE } from '../common/names.ts';

/** Secrets by their names in the file, each with its keys as base64. */
export type Secrets = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** `Deployment/litellm`: its pod template, and what its pods printed last. */
export interface WorkloadState {
  readonly template: string;
  /** Of each pod that is not ending, the last line; `undefined` for one that logs nothing in. */
  readonly logins: readonly string[] | undefined;
}

export type Workloads = ReadonlyMap<string, WorkloadState>;

/** CNPG's own Secrets are its business; so is the token of an account. */
const isForeign = ({ metadata, type }: V1Secret): boolean =>
  type === 'kubernetes.io/service-account-token' ||
  metadata?.ownerReferences?.some(({ kind }) => kind === 'Cluster') === true;

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
    const [deployments, sets, daemons, pods] = await Promise.all([
      kube.apps.listNamespacedDeployment({ namespace }),
      kube.apps.listNamespacedStatefulSet({ namespace }),
      kube.apps.listNamespacedDaemonSet({ namespace }),
      kube.pods(namespace),
    ]);
    const workloads = [
      ...deployments.items.map((one) => ['Deployment', one] as const),
      ...sets.items.map((one) => ['StatefulSet', one] as const),
      ...daemons.items.map((one) => ['DaemonSet', one] as const),
      ...pods.filter(({ metadata }) => isBare(metadata?.ownerReferences)).map((one) => ['Pod', one] as const),
    ];
    for (const [kind, { metadata, spec }] of workloads) {
      const name = metadata?.name ?? '';
      const template = spec !== undefined && 'template' in spec ? spec.template : { spec };
      const logsIn = JSON.stringify(template).includes(`"${IMAGE.application}"`);
      const own = pods.filter((pod) =>
        kind === 'Pod' ? pod.metadata?.name === name : pod.metadata?.name?.startsWith(`${name}-`) === true,
      );
      const alive = own.filter(
        (pod) =>
          pod.metadata?.deletionTimestamp === undefined &&
          JSON.stringify(pod.spec?.containers).includes(`"${IMAGE.application}"`),
      );
      states.set(place.nameOf(namespace, `${kind}/${name}`), {
        template: JSON.stringify(template),
        logins: logsIn ? await Promise.all(alive.map((pod) => kube.log(pod, 1))) : undefined,
      });
    }
  }
  return states;
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

/** No controller of the sandbox makes it again. */
function isBare(owners: readonly { readonly kind: string }[] = []): boolean {
  return !owners.some(({ kind }) => ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Cluster'].includes(kind));
}

import { HEALTHY } from '../common/names.ts';
import type { Kube } from './kube.ts';
import type { WorkloadName } from './objects.ts';
import type { KubernetesManifest } from './schema.ts';

interface Cluster {
  readonly spec?: {
    readonly managed?: { readonly roles?: readonly { readonly name: string; readonly passwordSecret?: object }[] };
  };
  readonly status?: {
    readonly phase?: string;
    readonly managedRolesStatus?: { readonly passwordStatus?: Readonly<Record<string, unknown>> };
  };
}

export async function areHealthy(kube: Kube, clusters: readonly KubernetesManifest[]): Promise<boolean> {
  return (await read(kube, clusters)).every(({ status }) => status?.phase === HEALTHY);
}

/** Whether CNPG has given each role the password of its Secret. */
export async function areSettled(kube: Kube, clusters: readonly KubernetesManifest[]): Promise<boolean> {
  return (await read(kube, clusters)).every(({ spec, status }) => {
    const given = status?.managedRolesStatus?.passwordStatus ?? {};
    return (spec?.managed?.roles ?? []).every(
      ({ name, passwordSecret }) => passwordSecret === undefined || name in given,
    );
  });
}

async function read(kube: Kube, clusters: readonly KubernetesManifest[]): Promise<readonly Cluster[]> {
  return Promise.all(clusters.map(async (one) => ((await kube.read(one)) ?? {}) as Cluster));
}

/** Whether every pod of a workload is ready. */
export async function isReady(kube: Kube, { kind, namespace, name }: WorkloadName): Promise<boolean> {
  const object = await kube.read({ apiVersion: 'apps/v1', kind, metadata: { namespace, name } });
  const { spec, status } = (object ?? {}) as {
    spec?: { replicas?: number };
    status?: { readyReplicas?: number };
  };
  return (status?.readyReplicas ?? 0) === (spec?.replicas ?? 1);
}

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

/**
 * Whether CNPG has applied each DatabaseRole. An instance that may not read the Secret yet tries again half a minute
 * later, or when somebody touches the DatabaseRole.
 */
export async function areApplied(kube: Kube, roles: readonly KubernetesManifest[]): Promise<boolean> {
  const seen = await Promise.all(
    roles.map(async (role) => {
      const { status } = ((await kube.read(role)) ?? {}) as { status?: { applied?: boolean } };
      const { apiVersion, kind, metadata } = role;
      const annotations = { 'sandbox.cnpg-rotator/touched': String(Date.now()) };
      if (status?.applied === false) await kube.merge({ apiVersion, kind, metadata: { ...metadata, annotations } });
      return status?.applied === true;
    }),
  );
  return seen.every(Boolean);
}

async function read(kube: Kube, clusters: readonly KubernetesManifest[]): Promise<readonly Cluster[]> {
  return Promise.all(clusters.map(async (one) => ((await kube.read(one)) ?? {}) as Cluster));
}

/** Whether every pod of a workload is ready; of a Job, whether its pod is, or it is over. */
export async function isReady(kube: Kube, { apiVersion, kind, namespace, name }: WorkloadName): Promise<boolean> {
  const object = await kube.read({ apiVersion, kind, metadata: { namespace, name } });
  const { spec, status } = (object ?? {}) as { spec?: { replicas?: number }; status?: Counts };
  switch (kind) {
    case 'CronJob':
      return object !== undefined;
    case 'Pod':
      return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
    case 'Job':
      return (status?.ready ?? 0) + (status?.succeeded ?? 0) > 0;
    case 'DaemonSet':
      return (status?.numberReady ?? 0) > 0;
    default:
      return (status?.readyReplicas ?? 0) === (spec?.replicas ?? 1);
  }
}

interface Counts {
  readonly readyReplicas?: number;
  readonly numberReady?: number;
  readonly ready?: number;
  readonly succeeded?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
} from '@kubernetes/client-node';
import { serverSideApply } from '../common/server-side-apply.ts';
import type { Component } from '../../src/domain/component.ts';
import { NEEDS_ATTENTION, stagingSecretName } from '../../src/domain/marks.ts';
import { textOf, type ClusterObject, type Staged } from './objects.ts';
import { until } from './until.ts';
import { OPERATOR, RELOADER } from '../common/names.ts';

const CLUSTERS = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters' } as const;
const OPERATOR_DEPLOYMENT = { namespace: OPERATOR.namespace, name: OPERATOR.deployment } as const;

/** The objects of a sandbox's Kubernetes, read and written as its administrator. */
export class KubernetesObjects {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly custom: CustomObjectsApi;

  constructor(readonly config: KubeConfig) {
    this.core = config.makeApiClient(CoreV1Api);
    this.apps = config.makeApiClient(AppsV1Api);
    this.custom = config.makeApiClient(CustomObjectsApi);
  }

  /** Whether the API server is there. */
  async answers(): Promise<boolean> {
    return this.core.getAPIResources().then(
      () => true,
      (error: unknown) => error instanceof ApiException,
    );
  }

  async secret({ namespace, secret }: Component): Promise<Record<string, string>> {
    return textOf(await this.core.readNamespacedSecret({ namespace, name: secret }));
  }

  async password(component: Component): Promise<string> {
    return (await this.secret(component))['password'] ?? '';
  }

  async cluster({ namespace, cluster }: Component): Promise<ClusterObject> {
    return (await this.custom.getNamespacedCustomObject({ ...CLUSTERS, namespace, name: cluster })) as ClusterObject;
  }

  async primary(component: Component): Promise<string> {
    return (await this.cluster(component)).status?.currentPrimary ?? '';
  }

  /** The version of CNPG, by the tag of its operator's image. */
  async cnpgVersion(): Promise<string> {
    const { spec } = await this.apps.readNamespacedDeployment(OPERATOR_DEPLOYMENT);
    return /:v?(\d+\.\d+\.\d+)(?:-[\w.]+)?$/.exec(spec?.template.spec?.containers[0]?.image ?? '')?.[1] ?? '';
  }

  /** Merges the object into the live one. */
  async patch(object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
    readonly [key: string]: unknown;
  }): Promise<void> {
    await KubernetesObjectApi.makeApiClient(this.config).patch(
      object,
      undefined,
      undefined,
      undefined,
      undefined,
      PatchStrategy.MergePatch,
    );
  }

  /** Merges into a Cluster. */
  patchCluster({ namespace, cluster }: Component, body: object): Promise<void> {
    const metadata = { namespace, name: cluster };
    return this.patch({ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', metadata, ...body });
  }

  /** Writes a Cluster's status as CNPG would. */
  async setClusterStatus(namespace: string, name: string, clusterStatus: object): Promise<void> {
    const object = (await this.custom.getNamespacedCustomObject({ ...CLUSTERS, namespace, name })) as object;
    await this.custom.replaceNamespacedCustomObjectStatus({
      ...CLUSTERS,
      namespace,
      name,
      body: { ...object, status: clusterStatus },
    });
  }

  /** Merges into a Cluster's status. */
  async patchClusterStatus({ namespace, cluster: name }: Component, status: object): Promise<void> {
    const merging = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    await this.custom.patchNamespacedCustomObjectStatus({ ...CLUSTERS, namespace, name, body: { status } }, merging);
  }

  async deleteCluster(namespace: string, name: string): Promise<void> {
    await this.custom.deleteNamespacedCustomObject({ ...CLUSTERS, namespace, name });
  }

  patchDeployment(
    namespace: string,
    name: string,
    { metadata, ...body }: { metadata?: object; [key: string]: unknown },
  ): Promise<void> {
    return this.patch({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, namespace, name },
      ...body,
    });
  }

  async apply(object: {
    apiVersion: string;
    kind: string;
    metadata: {
      name: string;
      namespace?: string;
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
    };
    [key: string]: unknown;
  }): Promise<void> {
    await serverSideApply(KubernetesObjectApi.makeApiClient(this.config), object, 'cnpg-rotator-e2e');
  }

  /** Scales a Deployment, and waits until it is so. */
  async scale(deployment: { namespace: string; name: string }, replicas: number): Promise<void> {
    await this.patchDeployment(deployment.namespace, deployment.name, { spec: { replicas } });
    await until(
      `${replicas} pods of ${deployment.name}`,
      async () => ((await this.apps.readNamespacedDeployment(deployment)).status?.availableReplicas ?? 0) === replicas,
      60_000,
    );
  }

  /** Scales CNPG's operator. */
  scaleOperator(replicas: number): Promise<void> {
    return this.scale(OPERATOR_DEPLOYMENT, replicas);
  }

  /** Scales Reloader. */
  scaleReloader(replicas: number): Promise<void> {
    return this.scale(RELOADER, replicas);
  }

  /** How to list the pods of a Deployment. */
  async podSelector(namespace: string, deployment: string): Promise<string> {
    const { spec } = await this.apps.readNamespacedDeployment({ namespace, name: deployment });
    return Object.entries(spec?.selector.matchLabels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
  }

  /** What the staging Secret keeps of a rotation that runs, or undefined when there is none. */
  async staged(component: Component): Promise<Staged | undefined> {
    const { namespace } = component;
    const staging = await this.core
      .readNamespacedSecret({ namespace, name: stagingSecretName(component) })
      .catch((error: unknown) => {
        if (error instanceof ApiException && error.code === 404) return undefined;
        throw error;
      });
    if (staging === undefined) return undefined;
    const text = textOf(staging);
    return {
      previous: text['before.0.password'] ?? '',
      pending: text['after.0.password'] ?? '',
      needsAttention: staging.metadata?.annotations?.[NEEDS_ATTENTION] === 'true',
    };
  }

  async events(namespace: string): Promise<string> {
    return JSON.stringify((await this.core.listNamespacedEvent({ namespace })).items);
  }

  /** The namespace's Secrets whole, and what people wrote of its Clusters and Deployments. */
  async snapshot(namespace: string): Promise<string> {
    const secrets = (await this.core.listNamespacedSecret({ namespace })).items.map(({ metadata, data }) => [
      metadata?.name,
      metadata?.resourceVersion,
      data,
    ]);
    const deployments = (await this.apps.listNamespacedDeployment({ namespace })).items.map(({ metadata, spec }) => [
      metadata?.name,
      metadata?.annotations,
      spec,
    ]);
    const { items } = (await this.custom.listNamespacedCustomObject({ ...CLUSTERS, namespace })) as {
      items: ClusterObject[];
    };
    return JSON.stringify([
      secrets,
      deployments,
      items.map(({ metadata, spec }) => [metadata.name, metadata.annotations, spec]),
    ]);
  }
}

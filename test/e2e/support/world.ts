import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
} from '@kubernetes/client-node';
import { serverSideApply } from '../../../sandbox/common/server-side-apply.ts';
import { connectDependencies } from '../../../src/activities/proof/connect.ts';
import { NEEDS_ATTENTION } from '../../../src/activities/staging/staging.ts';
import { stagingSecretName, type Component } from '../../../src/domain/component.ts';
import { Password } from '../../../src/domain/password.ts';
import { KubernetesConnection } from '../../../src/kubernetes/connection.ts';
import { openSandbox, type SandboxUnderTest } from './sandbox-under-test.ts';
import type { Needle } from '../../support/secret-scan.ts';
import { textOf, type ApplicationPod, type ClusterObject, type Staged } from './objects.ts';
import { until } from './programs.ts';

const CLUSTERS = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters' } as const;
export const RELOADER = { namespace: 'kube-system', name: 'reloader' } as const;
const OPERATOR = { namespace: 'cnpg-system', name: 'cnpg-controller-manager' } as const;

/** The kubelet's words in the place of the log of a pod that is being removed. */
const LOG_IS_GONE = /^failed to try resolving symlinks in path.*$/gm;

/** A sandbox, the real one or the embedded one, as its administrator sees it: what the tests check the product's claims against. */
export class World {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly custom: CustomObjectsApi;
  readonly #connection: KubernetesConnection;

  private constructor(
    readonly sandbox: SandboxUnderTest,
    readonly config: KubeConfig,
  ) {
    this.core = config.makeApiClient(CoreV1Api);
    this.apps = config.makeApiClient(AppsV1Api);
    this.custom = config.makeApiClient(CustomObjectsApi);
    this.#connection = new KubernetesConnection(config, false, 10_000);
  }

  /** The embedded sandbox is started with these components alone, default all four, and as that version of CNPG. */
  static async open(...of: Parameters<typeof openSandbox>): Promise<World> {
    const sandbox = await openSandbox(...of);
    const config = new KubeConfig();
    config.loadFromFile(sandbox.kubeconfig);
    return new World(sandbox, config);
  }

  /** Whether the API server is there. */
  async answers(): Promise<boolean> {
    return this.core.getAPIResources().then(
      () => true,
      (error: unknown) => error instanceof ApiException,
    );
  }

  /** Whether nothing is wrong with the sandbox. */
  isWell(): Promise<boolean> {
    return this.sandbox.isWell();
  }

  async secret({ namespace, secret }: Component): Promise<Record<string, string>> {
    return textOf(await this.core.readNamespacedSecret({ namespace, name: secret }));
  }

  async password(component: Component): Promise<string> {
    return (await this.secret(component))['password'] ?? '';
  }

  /** Whether PostgreSQL accepts the password, through the read-write Service. */
  async accepts(component: Component, password: string, username = component.role): Promise<boolean> {
    const { login } = connectDependencies(this.#connection, () => component);
    return (await login(component, { username, password: Password.of(password) })).accepted;
  }

  /** Runs SQL as the superuser. @returns what it printed. */
  async sql(component: Component, statements: string): Promise<string> {
    const { psql } = connectDependencies(this.#connection, () => component);
    const { succeeded, stdout, stderr } = await psql(component, await this.primary(component), `${statements};\n\\q\n`);
    if (!succeeded) throw new Error(`psql failed: ${stderr.replace(/:[^:@/]*@/g, ':…@')}`);
    return stdout.trim();
  }

  /** The verifier that PostgreSQL stores. */
  async verifier(component: Component, role = component.role): Promise<string> {
    return this.sql(component, `SELECT rolpassword FROM pg_authid WHERE rolname = '${role}';`);
  }

  /** Merges into a Cluster. */
  async patchCluster({ namespace, cluster }: Component, body: object): Promise<void> {
    await KubernetesObjectApi.makeApiClient(this.config).patch(
      { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', metadata: { namespace, name: cluster }, ...body },
      undefined,
      undefined,
      undefined,
      undefined,
      PatchStrategy.MergePatch,
    );
  }

  /** The version of CNPG, by the tag of its operator's image. */
  async cnpgVersion(): Promise<string> {
    const { spec } = await this.apps.readNamespacedDeployment(OPERATOR);
    return /:v?(\d+\.\d+\.\d+)$/.exec(spec?.template.spec?.containers[0]?.image ?? '')?.[1] ?? '';
  }

  /** What PostgreSQL logged, as the instance manager of the primary prints it. */
  async postgresLog(component: Component, since?: Date): Promise<string> {
    const name = await this.primary(component);
    return this.core.readNamespacedPodLog({
      namespace: component.namespace,
      name,
      container: 'postgres',
      ...(since && { sinceSeconds: Math.ceil((Date.now() - since.getTime()) / 1_000) }),
    });
  }

  /** What SQL prints that runs with the credential that the application's Secret holds. */
  async asApplication(component: Component, sql: string): Promise<string> {
    const { username = '', password = '' } = await this.secret(component);
    const uri = `postgresql://${username}:${password}@127.0.0.1:5432/${component.database}`;
    return this.sql(component, `\\connect "${uri}"\n${sql}`);
  }

  /** The password and the verifier of now, as needles for the scan. */
  async needles(component: Component, when: string): Promise<Needle[]> {
    return [
      { name: `the ${when} password`, text: await this.password(component) },
      { name: `the ${when} verifier`, text: await this.verifier(component) },
    ];
  }

  async cluster({ namespace, cluster }: Component): Promise<ClusterObject> {
    return (await this.custom.getNamespacedCustomObject({ ...CLUSTERS, namespace, name: cluster })) as ClusterObject;
  }

  async primary(component: Component): Promise<string> {
    return (await this.cluster(component)).status?.currentPrimary ?? '';
  }

  /** Pods of the application that stay, with the last line that each printed. */
  async applicationPods(component: Component): Promise<readonly ApplicationPod[]> {
    // A pod that ends gets no requests any more, and one that has ended is listed until the kubelet has cleaned up after it.
    const alive = (await this.#podsOf(component)).filter(
      ({ metadata, status: now }) =>
        metadata?.deletionTimestamp === undefined && !/^(Succeeded|Failed)$/.test(now?.phase ?? ''),
    );
    return Promise.all(
      alive.map(async (pod) => {
        const { metadata, status: now } = pod;
        const ready = now?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
        const lastLine = (await this.#log(pod, { tailLines: 1 }).catch(() => '')).trim();
        return { name: metadata?.name ?? '', uid: metadata?.uid ?? '', ready, lastLine };
      }),
    );
  }

  /** All that the application has printed, in every pod that is there. @throws when one of them may not be read. */
  async applicationLogs(component: Component): Promise<string> {
    const pods = await this.#podsOf(component);
    const orGone = (error: unknown): string => {
      if (error instanceof ApiException && error.code === 404) return '';
      throw error;
    };
    return (await Promise.all(pods.map((pod) => this.#log(pod).catch(orGone)))).join('\n');
  }

  /** What the application's pods printed lately, each line with its pod. */
  async applicationLines(component: Component, sinceSeconds: number): Promise<readonly string[]> {
    const pods = await this.#podsOf(component);
    const logs = await Promise.all(
      pods.map(async (pod) =>
        // A pod that is gone meanwhile, or has not begun, has printed nothing.
        (await this.#log(pod, { sinceSeconds }).catch(() => ''))
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => `${pod.metadata?.name ?? ''} ${line}`),
      ),
    );
    return logs.flat();
  }

  async #podsOf({ namespace, name }: Component): Promise<readonly V1Pod[]> {
    const labelSelector = await this.podSelector(namespace, name);
    return (await this.core.listNamespacedPod({ namespace, labelSelector })).items;
  }

  async #log({ metadata }: V1Pod, which: { tailLines?: number; sinceSeconds?: number } = {}): Promise<string> {
    const { namespace = '', name = '' } = metadata ?? {};
    const log = await this.core.readNamespacedPodLog({ namespace, name, ...which });
    return log.replaceAll(LOG_IS_GONE, '');
  }

  async events(namespace: string): Promise<string> {
    return JSON.stringify((await this.core.listNamespacedEvent({ namespace })).items);
  }

  /** Scales CNPG's operator. */
  scaleOperator(replicas: number): Promise<void> {
    return this.scale(OPERATOR, replicas);
  }

  /** Scales Reloader. */
  scaleReloader(replicas: number): Promise<void> {
    return this.scale(RELOADER, replicas);
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

  /** Merges the object into the live one. */
  async patch(object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string; readonly [key: string]: unknown };
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

  /** Scales a Deployment, and waits until it is so. */
  async scale(deployment: { namespace: string; name: string }, replicas: number): Promise<void> {
    await this.patchDeployment(deployment.namespace, deployment.name, { spec: { replicas } });
    await until(
      `${replicas} pods of ${deployment.name}`,
      async () => ((await this.apps.readNamespacedDeployment(deployment)).status?.availableReplicas ?? 0) === replicas,
      60_000,
    );
  }

  /** How to list the pods of a Deployment. */
  async podSelector(namespace: string, deployment: string): Promise<string> {
    const { spec } = await this.apps.readNamespacedDeployment({ namespace, name: deployment });
    return Object.entries(spec?.selector.matchLabels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
  }
}

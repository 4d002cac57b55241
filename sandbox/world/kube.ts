import {
  ApiException,
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  Watch,
  type KubeConfig,
  type V1Job,
  type V1ObjectMeta,
  type V1Pod,
  type V1PodTemplateSpec,
  type V1Secret,
} from '@kubernetes/client-node';
import { serverSideApply } from '../common/server-side-apply.ts';
import type { KubernetesManifest } from './schema.ts';

/** Who writes in the name of the world's other actors. */
const ANOTHER = 'another-hand';

/** An Argo Rollout, as far as worlds look at it. */
export interface RolloutObject {
  readonly metadata?: V1ObjectMeta;
  readonly spec?: { readonly template?: V1PodTemplateSpec };
}

/** A cluster as its administrator sees and changes it. */
export class Kube {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly #objects: KubernetesObjectApi;

  constructor(readonly config: KubeConfig) {
    this.core = config.makeApiClient(CoreV1Api);
    this.apps = config.makeApiClient(AppsV1Api);
    this.#objects = config.makeApiClient(KubernetesObjectApi);
  }

  async apply(object: KubernetesManifest, manager?: string): Promise<void> {
    await serverSideApply(this.#objects, object, manager);
  }

  /** As another actor, who may take fields over. */
  applyAsAnother(object: KubernetesManifest): Promise<void> {
    return this.apply(object, ANOTHER);
  }

  /** Merges into an object, and into its status where the patch has one. */
  async merge(object: KubernetesManifest): Promise<void> {
    const { status, ...rest } = object;
    await this.#objects.patch(rest, undefined, undefined, ANOTHER, undefined, PatchStrategy.MergePatch);
    if (status !== undefined) await this.#mergeStatus(object, status);
  }

  async #mergeStatus({ apiVersion, kind, metadata }: KubernetesManifest, status: unknown): Promise<void> {
    const [group = '', version = ''] = apiVersion.split('/');
    const { namespace = '', name } = metadata;
    await this.config
      .makeApiClient(CustomObjectsApi)
      .patchNamespacedCustomObjectStatus(
        { group, version, plural: `${kind.toLowerCase()}s`, namespace, name, body: { status } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
  }

  async read(object: KubernetesManifest): Promise<KubernetesManifest | undefined> {
    const { namespace = '', name } = object.metadata;
    const found = this.#objects.read({ ...object, metadata: { name, namespace } });
    return found.then((one) => one as KubernetesManifest, orAbsent);
  }

  async delete(object: KubernetesManifest): Promise<void> {
    await this.#objects.delete(object).catch(orAbsent);
  }

  async createNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  }

  async deleteNamespace(name: string): Promise<void> {
    await this.core.deleteNamespace({ name }).catch(orAbsent);
  }

  async secrets(namespace: string): Promise<readonly V1Secret[]> {
    return (await this.core.listNamespacedSecret({ namespace })).items;
  }

  async pods(namespace: string): Promise<readonly V1Pod[]> {
    return (await this.core.listNamespacedPod({ namespace })).items;
  }

  async log({ metadata }: V1Pod): Promise<string> {
    const { namespace = '', name = '' } = metadata ?? {};
    return this.core.readNamespacedPodLog({ namespace, name }).catch(() => '');
  }

  /** Makes a Job of a CronJob at once. */
  async startCronJob(namespace: string, name: string): Promise<void> {
    const batch = this.config.makeApiClient(BatchV1Api);
    const { metadata, spec } = await batch.readNamespacedCronJob({ namespace, name });
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name, uid: metadata?.uid ?? '', controller: true };
    const { metadata: own, spec: jobSpec } = spec?.jobTemplate ?? {};
    await batch.createNamespacedJob({
      namespace,
      body: {
        metadata: {
          labels: own?.labels,
          annotations: own?.annotations,
          generateName: `${name}-`,
          ownerReferences: [owner],
        },
        spec: jobSpec,
      },
    });
  }

  /** Jobs of the namespace. */
  async jobs(namespace: string): Promise<readonly V1Job[]> {
    return (await this.config.makeApiClient(BatchV1Api).listNamespacedJob({ namespace })).items;
  }

  /** Argo Rollouts of the namespace; none where nobody knows the kind. */
  async rollouts(namespace: string): Promise<readonly RolloutObject[]> {
    const where = { group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts', namespace };
    const found = this.config.makeApiClient(CustomObjectsApi).listNamespacedCustomObject(where);
    return ((await found.catch(orAbsent)) as { items: readonly RolloutObject[] } | undefined)?.items ?? [];
  }

  /** @returns what ends it. */
  async watchSecrets(namespace: string, see: (type: string, secret: V1Secret) => void): Promise<() => void> {
    let over = false;
    let current: AbortController | undefined;
    const begin = async (): Promise<void> => {
      current = await new Watch(this.config).watch(`/api/v1/namespaces/${namespace}/secrets`, {}, see, () => {
        if (!over) setTimeout(() => void begin().catch(() => undefined), 200);
      });
    };
    await begin();
    return () => {
      over = true;
      current?.abort();
    };
  }
}

function orAbsent(error: unknown): undefined {
  if (error instanceof ApiException && error.code === 404) return undefined;
  throw error;
}

/** A Secret's texts. */
export function textOf({ data = {} }: V1Secret): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

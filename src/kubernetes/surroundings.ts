import type { V1Deployment } from '@kubernetes/client-node';
import { z } from 'zod';
import { objectName } from '../domain/component.ts';
import { PROBE } from '../domain/marks.ts';
import { parseCnpgVersion } from '../domain/preflight/index.ts';
import { readReloader, type Labels, type ReloaderProgram } from '../domain/reloader/index.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { isRefusedByDeadWebhook } from './errors.ts';

const CNPG = { group: 'postgresql.cnpg.io', version: 'v1' } as const;
/** The init container that installs CNPG's instance manager in each instance's pod. It has the operator's image. */
const BOOTSTRAP_CONTAINER = 'bootstrap-controller';

/** `stakater/reloader`, `mirror/stakater-reloader`, `reloader-enterprise`; not Prometheus' `…-config-reloader`. */
const RELOADER_IMAGE = /(^|\/|(?<!config)-)reloader(-[a-z]+)*([:@]|$)/;
/** The labels of the charts. Older ones have the second alone, beside other programs of the same provider. */
const RELOADER_LABELS = ['app.kubernetes.io/name=reloader', 'provider=stakater'];

const backupsSchema = z.object({
  items: z.array(
    z.object({
      spec: z.object({ cluster: z.object({ name: z.string() }) }),
      status: z.object({ phase: z.string().optional(), stoppedAt: z.string().optional() }).default({}),
    }),
  ),
});

/** The surroundings of a Cluster. A rotation needs none of them, so each look-up may be refused. */
export class Surroundings {
  constructor(private readonly connection: KubernetesConnection) {}

  /** Whether CNPG's webhooks accept a change of the Cluster. The change is only tried, not kept. */
  async operatorAnswers(namespace: string, cluster: string, at: Date): Promise<boolean> {
    const body = { metadata: { annotations: { [PROBE]: at.toISOString() } } };
    const request = { ...CNPG, plural: 'clusters', namespace, name: cluster, body, dryRun: 'All' };
    const answer = await this.connection.call<unknown>(
      `try a change of ${objectName('Cluster', namespace, cluster)}`,
      (options) => this.connection.custom.patchNamespacedCustomObject(request, mergePatch(options)),
      (error) => (isRefusedByDeadWebhook(error, 'cnpg.io') ? 'dead' : undefined),
    );
    return answer !== 'dead';
  }

  /** The version in the image of the instances' pods, or `undefined` when their tags show no version. */
  async cnpgVersion(namespace: string, cluster: string): Promise<string | undefined> {
    const { items } = await this.connection.call(
      `list the pods of ${objectName('Cluster', namespace, cluster)}`,
      (options) =>
        this.connection.core.listNamespacedPod({ namespace, labelSelector: `cnpg.io/cluster=${cluster}` }, options),
    );
    const images = items
      .flatMap(({ spec }) => spec?.initContainers ?? [])
      .filter(({ name }) => name === BOOTSTRAP_CONTAINER);
    return images.map(({ image = '' }) => parseCnpgVersion(imageTag(image))).find((version) => version !== undefined);
  }

  /**
   * The Reloaders of all namespaces, by their labels or, where no Deployment has these, by their image. A Deployment
   * that is scaled to zero does not count: it reacts to nothing.
   */
  async reloaders(): Promise<readonly ReloaderProgram[]> {
    const labelled = await Promise.all(RELOADER_LABELS.map((label) => this.#deployments(label)));
    const found = toReloaders(labelled.flat());
    return found.length > 0 ? found : toReloaders(await this.#deployments());
  }

  async #deployments(labelSelector?: string): Promise<readonly V1Deployment[]> {
    const { items } = await this.connection.call('list the Deployments of all namespaces', (options) =>
      this.connection.apps.listDeploymentForAllNamespaces({ labelSelector }, options),
    );
    return items;
  }

  async namespaceLabels(namespace: string): Promise<Labels> {
    const { metadata } = await this.connection.call(`read Namespace ${namespace}`, (options) =>
      this.connection.core.readNamespace({ name: namespace }, options),
    );
    return metadata?.labels ?? {};
  }

  /** When the last good Backup of the Cluster ended, ISO 8601. */
  async lastBackupAt(namespace: string, cluster: string): Promise<string | undefined> {
    const list: unknown = await this.connection.call<unknown>(`list the Backups of namespace ${namespace}`, (options) =>
      this.connection.custom.listNamespacedCustomObject({ ...CNPG, plural: 'backups', namespace }, options),
    );
    return backupsSchema
      .parse(list)
      .items.filter(({ spec, status }) => spec.cluster.name === cluster && status.phase === 'completed')
      .flatMap(({ status }) => status.stoppedAt ?? [])
      .sort()
      .at(-1);
  }
}

/** `1.30.0` of `registry.example/cloudnative-pg/cloudnative-pg:1.30.0@sha256:…`; empty without a tag. */
function imageTag(image: string): string {
  return /:([^:/@]+)(?:@|$)/.exec(image.split('@')[0] ?? '')?.[1] ?? '';
}

/** Each Deployment once. */
function toReloaders(deployments: readonly V1Deployment[]): readonly ReloaderProgram[] {
  const found = deployments
    .filter(({ spec }) => spec?.replicas !== 0)
    .flatMap((deployment) => toReloader(deployment) ?? []);
  return [...new Map(found.map((reloader) => [reloader.name, reloader])).values()];
}

function toReloader({ metadata, spec }: V1Deployment): ReloaderProgram | undefined {
  const containers = spec?.template.spec?.containers ?? [];
  const isNamed = metadata?.labels?.['app.kubernetes.io/name'] === 'reloader';
  const container =
    containers.find(({ image }) => RELOADER_IMAGE.test(image ?? '')) ?? (isNamed ? containers[0] : undefined);
  if (container === undefined) return undefined;
  const { namespace = '', name = '' } = metadata ?? {};
  const { image = '', command = [], args = [], env = [] } = container;
  const variable = env.find((one) => one.name === 'KUBERNETES_NAMESPACE');
  const ownNamespace = variable?.valueFrom?.fieldRef?.fieldPath === 'metadata.namespace' ? namespace : undefined;
  const onlyNamespace = variable?.value ?? ownNamespace;
  return readReloader({
    ...{ namespace, name, image, words: [...command, ...args] },
    ...(onlyNamespace !== undefined && { onlyNamespace }),
  });
}

import { z } from 'zod';
import { objectName } from '../domain/component.ts';
import { PROBE } from '../domain/marks.ts';
import { parseCnpgVersion } from '../domain/preflight/index.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { isRefusedByDeadWebhook } from './errors.ts';

const CNPG = { group: 'postgresql.cnpg.io', version: 'v1' } as const;
/** The init container that installs CNPG's instance manager in each instance's pod. It has the operator's image. */
const BOOTSTRAP_CONTAINER = 'bootstrap-controller';

const RELOADER_IMAGE = /(^|\/)reloader(:|@|$)/;

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
   * Whether a Deployment of any namespace is Reloader, by its label or, before charts had the label, by its image. A
   * Deployment that is scaled to zero does not count: it reacts to nothing.
   */
  async reloaderFound(): Promise<boolean> {
    const list = (labelSelector?: string) =>
      this.connection.call('list the Deployments of all namespaces', (options) =>
        this.connection.apps.listDeploymentForAllNamespaces({ labelSelector }, options),
      );
    const labelled = (await list('app.kubernetes.io/name=reloader')).items;
    if (labelled.some(({ spec }) => spec?.replicas !== 0)) return true;
    return (await list()).items.some(
      ({ spec }) =>
        spec?.replicas !== 0 && spec?.template.spec?.containers.some(({ image }) => RELOADER_IMAGE.test(image ?? '')),
    );
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

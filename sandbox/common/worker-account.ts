import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CoreV1Api, KubeConfig, KubernetesObjectApi, type KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { serverSideApply } from './server-side-apply.ts';

const ROOT = new URL('../../', import.meta.url);
const ACCOUNT: Account = { namespace: 'cnpg-rotator', name: 'cnpg-rotator', tokenSeconds: 3 * 3_600 };

/**
 * Writes a kubeconfig with the rights of these files and no more, which is what a worker has in production.
 * @param config the administrator's.
 * @param file where to write it; only its owner may read it.
 * @param manifests named from the top of this project.
 * @returns `file`.
 */
export async function workerKubeconfig(
  config: KubeConfig,
  file: string,
  manifests: readonly string[] = ['deploy/rbac.yaml'],
): Promise<string> {
  for (const manifest of manifests) await applyFile(config, manifest);
  await writeAccountKubeconfig(config, ACCOUNT, file);
  return file;
}

export interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly tokenSeconds: number;
}

/** Writes a kubeconfig of a service account, which only its owner may read. */
export async function writeAccountKubeconfig(
  administrator: KubeConfig,
  { namespace, name, tokenSeconds }: Account,
  file: string,
): Promise<void> {
  const { status: granted } = await administrator.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds: tokenSeconds } },
  });
  const cluster = administrator.getCurrentCluster();
  if (cluster === null || granted === undefined) throw new Error('the sandbox gave no token');
  const user = { name, token: granted.token };
  const context = { name: 'sandbox-as-worker', cluster: cluster.name, user: user.name };
  const restricted = new KubeConfig();
  restricted.loadFromOptions({ clusters: [cluster], users: [user], contexts: [context], currentContext: context.name });
  writeFileSync(file, restricted.exportConfig(), { mode: 0o600 });
}

/** Applies a file of manifests, named from the top of this project. */
export async function applyFile(config: KubeConfig, file: string): Promise<void> {
  const objects = KubernetesObjectApi.makeApiClient(config);
  for (const document of parseAllDocuments(readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8'))) {
    const object = document.toJS() as KubernetesObject;
    const namespace = object.metadata?.namespace;
    // A sandbox with some of the components only has not all of their namespaces.
    if (namespace !== undefined)
      await serverSideApply(objects, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await serverSideApply(objects, object);
  }
}

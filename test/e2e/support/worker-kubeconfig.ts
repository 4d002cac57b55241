import { writeFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { applyFile } from './apply-file.ts';
import type { World } from './world.ts';

/** A kubeconfig with the rights of deploy/rbac.yaml and no more, which is what a worker has in production. */
export async function workerKubeconfig(
  world: World,
  file: string,
  manifests: readonly string[] = ['deploy/rbac.yaml'],
): Promise<string> {
  for (const manifest of manifests) await applyFile(world, manifest);
  const account = { namespace: 'cnpg-rotator', name: 'cnpg-rotator' };
  const { status: granted } = await world.core.createNamespacedServiceAccountToken({
    ...account,
    body: { spec: { audiences: [], expirationSeconds: 3 * 3600 } },
  });
  const restricted = new KubeConfig();
  const cluster = world.config.getCurrentCluster();
  if (cluster === null || granted === undefined) throw new Error('the sandbox gave no token');
  const user = { name: 'cnpg-rotator', token: granted.token };
  const context = { name: 'sandbox-as-worker', cluster: cluster.name, user: user.name };
  restricted.loadFromOptions({
    clusters: [cluster],
    users: [user],
    contexts: [context],
    currentContext: context.name,
  });
  writeFileSync(file, restricted.exportConfig(), { mode: 0o600 });
  return file;
}

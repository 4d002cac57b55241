import { readFileSync, writeFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { ROOT } from './programs.ts';
import type { World } from './world.ts';

/** A kubeconfig with the rights of deploy/rbac.yaml and no more, which is what a worker has in production. */
export async function workerKubeconfig(
  world: World,
  file: string,
  manifests: readonly string[] = ['deploy/rbac.yaml'],
): Promise<string> {
  for (const object of manifests.flatMap(objectsIn)) {
    const { namespace } = object.metadata;
    // A sandbox with some of the components only has not all of their namespaces.
    if (namespace !== undefined)
      await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await world.apply(object);
  }
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

function objectsIn(file: string): Parameters<World['apply']>[0][] {
  return parseAllDocuments(readFileSync(`${ROOT}${file}`, 'utf8')).map(
    (document) => document.toJS() as Parameters<World['apply']>[0],
  );
}

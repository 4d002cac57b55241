import { RotationError } from '../domain/failures.ts';
import { IDENTITY_NAMESPACE, type KubernetesIdentity } from '../domain/kubernetes-identity.ts';
import type { KubernetesConnection } from './connection.ts';

/**
 * Finds which cluster the connection leads to.
 * @throws RotationError `KubernetesForbidden` without the right to read the namespace kube-system.
 */
export async function readIdentity(connection: KubernetesConnection): Promise<KubernetesIdentity> {
  const { metadata } = await connection.call(`read Namespace ${IDENTITY_NAMESPACE}`, (options) =>
    connection.core.readNamespace({ name: IDENTITY_NAMESPACE }, options),
  );
  const uid = metadata?.uid ?? '';
  if (uid === '') {
    throw new RotationError('KubernetesRejected', `Namespace ${IDENTITY_NAMESPACE} has no uid in the API's answer.`);
  }
  const server = originOf(connection.server);
  return { uid, server };
}

/** Drops the path and anything before the host: these are private. */
function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

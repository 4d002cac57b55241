import { PatchStrategy, type KubernetesObject, type KubernetesObjectApi } from '@kubernetes/client-node';

/** What the API server calls the sandbox in `managedFields`. */
export const SANDBOX_MANAGER = 'cnpg-rotator-sandbox';

/** `kubectl apply --server-side --force-conflicts`. */
export function serverSideApply(
  objects: KubernetesObjectApi,
  object: KubernetesObject,
  fieldManager = SANDBOX_MANAGER,
): Promise<unknown> {
  return objects.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
}

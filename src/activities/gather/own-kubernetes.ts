import { RotationError } from '../../domain/failures.ts';
import { describeKubernetes, type KubernetesIdentity } from '../../domain/kubernetes-identity.ts';
import type { Dependencies } from '../dependencies.ts';

/**
 * Refuses a rotation of another Kubernetes cluster than this worker's. Many clusters have the same names of namespaces
 * and Secrets, so nothing else would show the mistake.
 *
 * Before anything is written the failure is final: the rotation ends unchanged, and says what to configure. Later the
 * step is tried again: a worker of the right cluster did the earlier steps and polls the same Task Queue. This worker
 * has to end the rotation.
 * @param written whether the rotation may have written anything.
 * @throws RotationError `AnotherKubernetes`.
 */
export async function refuseAnotherKubernetes(
  deps: Pick<Dependencies, 'kubernetes'>,
  wanted: Pick<KubernetesIdentity, 'uid' | 'server'>,
  written: boolean,
): Promise<void> {
  const own = await deps.kubernetes();
  if (own.uid === wanted.uid) return;
  throw new RotationError(
    'AnotherKubernetes',
    `This worker is connected to Kubernetes cluster ${describeKubernetes(own)}, and the rotation is of cluster ${describeKubernetes(wanted)}. Workers of two clusters poll one Task Queue: give those of each cluster a Task Queue of their own by CNPG_ROTATOR_TASK_QUEUE, and the same one to whoever starts the rotations.`,
    { retryable: written },
  );
}

import { workloadName, type WorkloadRef } from '../domain/component.ts';
import { PAUSE_LIFTED } from '../domain/marks.ts';
import type { ReloaderPause } from '../domain/reloader/index.ts';
import { strategicMergePatch, type KubernetesConnection } from './connection.ts';

/** Lets the rollout begin. Reloader's note stays, so that the rest of the pause can be given back. */
export function liftPause(connection: KubernetesConnection, ref: WorkloadRef, mark: string): Promise<void> {
  return patch(connection, ref, { metadata: { annotations: { [PAUSE_LIFTED]: mark } }, spec: { paused: false } });
}

/** @param how `give back`: Reloader resumes the Deployment when its own timer ends; `forget`: it has ended. */
export function endLiftedPause(
  connection: KubernetesConnection,
  ref: WorkloadRef,
  { noted }: ReloaderPause,
  how: 'give back' | 'forget',
): Promise<void> {
  return patch(
    connection,
    ref,
    how === 'give back'
      ? { metadata: { annotations: { [PAUSE_LIFTED]: null } }, spec: { paused: true } }
      : { metadata: { annotations: { [PAUSE_LIFTED]: null, [noted]: null } } },
  );
}

async function patch(connection: KubernetesConnection, ref: WorkloadRef, body: object): Promise<void> {
  const { namespace, name } = ref;
  await connection.call<unknown>(`change the pause of ${workloadName(ref)}`, (options) =>
    connection.apps.patchNamespacedDeployment({ namespace, name, body }, strategicMergePatch(options)),
  );
}

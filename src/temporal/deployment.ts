import type { WorkerOptions } from '@temporalio/worker';
import { RotationError } from '../domain/failures.ts';

/**
 * The version of this worker, from `TEMPORAL_DEPLOYMENT_NAME` and `TEMPORAL_WORKER_BUILD_ID`, which Temporal's worker
 * controller sets. A rotation then ends on the version that began it, and a batch goes on with the newest one. Without
 * the two variables the worker has no version: any worker takes any work, and replays what another one began.
 * @throws RotationError `InvalidConfiguration` where only one of the two is set.
 */
export function workerDeployment(env: NodeJS.ProcessEnv = process.env): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName = '', TEMPORAL_WORKER_BUILD_ID: buildId = '' } = env;
  if (deploymentName === '' && buildId === '') return {};
  if (deploymentName === '' || buildId === '')
    throw new RotationError(
      'InvalidConfiguration',
      'TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID belong together: set both, or none.',
    );
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}

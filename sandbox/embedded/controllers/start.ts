import type { Store } from '../api/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { Copies } from './copies.ts';
import { DaemonSetController } from './daemon-set.ts';
import { DeploymentController } from './deployment.ts';
import { JobController } from './job.ts';
import { ReplicaSetController } from './replica-set.ts';
import { RolloutController } from './rollout.ts';
import { StatefulSetController } from './stateful-set.ts';

/** Starts everybody who makes and ends pods, and who keeps copies of Secrets. @returns what ends them. */
export function startControllers(store: Store, behaviour: Behaviour): () => Promise<void> {
  const controllers = [
    new DeploymentController(store),
    new StatefulSetController(store),
    new DaemonSetController(store),
    new ReplicaSetController(store, 'replicasets'),
    new ReplicaSetController(store, 'replicationcontrollers'),
    new JobController(store),
    new RolloutController(store),
    new Copies(store, behaviour),
  ];
  return async () => {
    await Promise.all(controllers.map((controller) => controller.close()));
  };
}

import type { Component, ConsumerRef } from '../../domain/component.ts';
import { consumersOf, type Consumer } from '../../domain/consumers/consumer.ts';
import { findLiterals, type Literal } from '../../domain/consumers/literals.ts';
import type { PreflightFacts } from '../../domain/preflight/index.ts';
import type { WorkloadList } from '../../kubernetes/listed-workloads.ts';
import type { Dependencies } from '../dependencies.ts';
import type { FoundSecrets } from './find-secrets.ts';
import { orUnknown } from './look-up.ts';

/** Who uses the password, besides the Secrets that change. */
export interface ConsumersFound {
  readonly consumers: readonly Consumer[];
  readonly literals: readonly Literal[];
  readonly startedByReloader: readonly ConsumerRef[];
}

/** What was read of a namespace already. */
interface NamespaceSeen {
  readonly namespace: string;
  readonly workloads: WorkloadList;
  /** The Secrets of this namespace that change, by their names. */
  readonly secrets: readonly string[];
  /** The workloads that the rotation restarts. */
  readonly restarted: PreflightFacts['workloads'];
}

/** The consumers of one namespace. A pod counts by what it reads, whatever its owner is. */
export async function findConsumers(
  deps: Dependencies,
  component: Component,
  { namespace, workloads, secrets, restarted }: NamespaceSeen,
  found: Pick<FoundSecrets, 'search'>,
): Promise<ConsumersFound> {
  const [objects, configMaps] = await Promise.all([
    deps.consumerObjects.list(namespace),
    found.search && orUnknown(deps.configMaps.list(namespace)),
  ]);
  const { world, known } = found.search ?? {};
  return {
    consumers: consumersOf(component, namespace, objects.readingPods(secrets), restarted),
    literals:
      world && known
        ? findLiterals(
            world,
            known,
            [...workloads.texts(), ...objects.texts()],
            configMaps === undefined || configMaps === 'unknown' ? [] : configMaps,
          )
        : [],
    startedByReloader: objects.cronJobsStartedByReloader(secrets),
  };
}

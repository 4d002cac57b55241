import { namespacesOf, refIn, secretAt, type Component, type ConsumerRef } from '../../domain/component.ts';
import { consumersOf, type Consumer, type ReadingPod } from '../../domain/consumers/consumer.ts';
import { findLiterals, type Literal } from '../../domain/consumers/literals.ts';
import type { ReloaderView } from '../../domain/reloader/index.ts';
import type { PreflightFacts } from '../../domain/preflight/index.ts';
import type { ConsumerList } from '../../kubernetes/consumer-objects.ts';
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

/** What the search already knows. */
interface Known {
  /** Of the component's own namespace. */
  readonly workloads: WorkloadList;
  /** The Secrets that change, by their ref strings. */
  readonly secrets: readonly string[];
  /** The workloads that the rotation restarts. */
  readonly restarted: PreflightFacts['workloads'];
  readonly search: FoundSecrets['search'];
  /** What decides to which of a namespace's Secrets the Reloaders react. */
  readonly reloaders: (namespace: string) => Promise<ReloaderView>;
}

/** The consumers of the component's namespace, and of those that the catalogue names. */
export async function findConsumers(deps: Dependencies, component: Component, known: Known): Promise<ConsumersFound> {
  const found = await Promise.all(namespacesOf(component).map((one) => findInNamespace(deps, component, one, known)));
  return {
    consumers: found.flatMap(({ consumers }) => consumers),
    literals: found.flatMap(({ literals }) => literals),
    startedByReloader: found.flatMap(({ startedByReloader }) => startedByReloader),
  };
}

/** A pod counts by what it reads, whatever its owner is. */
async function findInNamespace(
  deps: Dependencies,
  component: Component,
  namespace: string,
  { workloads, secrets, restarted, search, reloaders }: Known,
): Promise<ConsumersFound> {
  const [objects, templates, view, configMaps] = await Promise.all([
    deps.consumerObjects.list(namespace),
    namespace === component.namespace ? workloads : deps.workloads.list(namespace),
    reloaders(namespace),
    search && orUnknown(deps.configMaps.list(namespace)),
  ]);
  const names = secretsIn(component, namespace, secrets);
  return {
    consumers: consumersOf(component, namespace, readingPods(component, namespace, objects, names), restarted),
    literals: search
      ? findLiterals(
          search.world,
          search.known,
          [...templates.texts(), ...objects.texts()],
          configMaps === undefined || configMaps === 'unknown' ? [] : configMaps,
        )
      : [],
    startedByReloader: objects.startedByReloader(names, view),
  };
}

/** The names of those Secrets that are in the namespace. */
export function secretsIn(component: Component, namespace: string, secrets: readonly string[]): readonly string[] {
  return secrets
    .map((secret) => secretAt(component, secret))
    .filter((one) => one.namespace === namespace)
    .map(({ name }) => name);
}

/** The living pods that read any of the Secrets, which they then name by their ref strings. */
export function readingPods(
  component: Component,
  namespace: string,
  objects: ConsumerList,
  names: readonly string[],
): readonly ReadingPod[] {
  return objects
    .readingPods(names)
    .map((pod) => ({ ...pod, secrets: pod.secrets.map((name) => refIn(component, { namespace, name })) }));
}

import { namespacesOf, refIn, secretsIn, type Component, type ConsumerRef } from '../../domain/component.ts';
import { consumersOf, isSameConsumer, type Consumer, type ReadingPod } from '../../domain/consumers/consumer.ts';
import { findLiterals, type Literal } from '../../domain/consumers/literals.ts';
import { findPasswordTakers, type PasswordTaker } from '../../domain/consumers/password-takers.ts';
import type { PreflightFacts } from '../../domain/preflight/index.ts';
import { ANNOTATIONS_ALONE } from '../../domain/reloader/index.ts';
import type { ConsumerList } from '../../kubernetes/consumer-objects.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ApiObjects } from './api-objects.ts';
import type { FoundSecrets } from './find-secrets.ts';
import { orUnknown } from './look-up.ts';
import { findReaders } from './readers.ts';
import type { ReloaderViews } from './reloaders.ts';

/** Who uses the password, besides the Secrets that change. */
export interface ConsumersFound {
  readonly consumers: readonly Consumer[];
  readonly podOwners: PreflightFacts['podOwners'];
  readonly literals: readonly Literal[];
  readonly passwordTakers: readonly PasswordTaker[];
  readonly startedByReloader: readonly ConsumerRef[];
}

/** What the search already knows. */
interface Known {
  readonly objects: Pick<ApiObjects, 'workloads'>;
  /** The Secrets that change, by their ref strings. */
  readonly secrets: readonly string[];
  /** The workloads that the rotation restarts. */
  readonly restarted: PreflightFacts['workloads'];
  readonly found: Pick<FoundSecrets, 'search' | 'plan'>;
  /** Whether the user's name changes with the password. */
  readonly renames: boolean;
  readonly views: ReloaderViews;
}

/** The workloads that the rotation restarts, and who else uses the password. */
export async function findUsers(
  deps: Dependencies,
  component: Component,
  known: Omit<Known, 'restarted'>,
): Promise<ConsumersFound & Pick<PreflightFacts, 'workloads'>> {
  const workloads = await findReaders(known.objects, component, known.secrets, known.views);
  return { workloads, ...(await findConsumers(deps, component, { ...known, restarted: workloads })) };
}

/** The consumers of the component's namespace, and of those that the catalogue names. */
async function findConsumers(deps: Dependencies, component: Component, known: Known): Promise<ConsumersFound> {
  const found = await Promise.all(namespacesOf(component).map((one) => findInNamespace(deps, component, one, known)));
  return {
    consumers: found.flatMap(({ consumers }) => consumers),
    podOwners: found.flatMap(({ podOwners }) => podOwners),
    literals: found.flatMap(({ literals }) => literals),
    passwordTakers: found.flatMap(({ passwordTakers }) => passwordTakers),
    startedByReloader: found.flatMap(({ startedByReloader }) => startedByReloader),
  };
}

/** A pod counts by what it reads, whatever its owner is. */
async function findInNamespace(
  deps: Dependencies,
  component: Component,
  namespace: string,
  { objects, secrets, restarted, found: { search, plan }, renames, views }: Known,
): Promise<ConsumersFound> {
  const names = secretsIn(component, secrets, namespace);
  const [listed, maps] = await Promise.all([
    deps.consumerObjects.list(namespace, objects.workloads.get(namespace)?.replicaSets),
    search && orUnknown(deps.configMaps.list(namespace)),
  ]);
  const configMaps = maps === undefined || maps === 'unknown' ? [] : maps;
  const containers = search ? [...(objects.workloads.get(namespace)?.texts() ?? []), ...listed.texts()] : [];
  const consumers = consumersOf(component, namespace, readingPods(component, namespace, listed, names), restarted);
  return {
    consumers,
    podOwners: consumers
      .filter((one) => one.treatment === 'restarted' && !restarted.some((workload) => isSameConsumer(workload, one)))
      .map(({ kind, name, secrets: read }) => {
        const owner = { kind, namespace, name };
        const seen = listed.podOwner(owner, names);
        return { ...owner, secrets: read, ...seen, replacedPods: seen.replicas };
      }),
    literals: search ? findLiterals(search.world, search.known, containers, configMaps) : [],
    passwordTakers: search && renames ? findPasswordTakers(search.world, plan, containers, configMaps) : [],
    startedByReloader: listed.startedByReloader(names, views.get(namespace) ?? ANNOTATIONS_ALONE),
  };
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

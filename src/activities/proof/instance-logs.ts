import { CLOCK_TOLERANCE_MS } from '../../domain/budgets.ts';
import { objectName, type Component } from '../../domain/component.ts';
import type { Dependencies } from '../dependencies.ts';

/** CNPG's label on the pods of a Cluster, and the container that PostgreSQL runs in. */
const CLUSTER_LABEL = 'cnpg.io/cluster';
const POSTGRES_CONTAINER = 'postgres';

/** A moment by PostgreSQL's clock, and how far this clock is ahead of the worker's. Both in milliseconds. */
export interface PostgresMoment {
  readonly at: number;
  readonly aheadMs: number;
}

export interface InstanceLogs {
  readonly text: string;
  /** The pods of which something is missing, by their names for messages. */
  readonly cut: readonly string[];
}

/** What the instances of a Cluster logged since a moment. @throws Error where no instance's log may be read. */
export async function readInstanceLogs(
  deps: Dependencies,
  { namespace, cluster }: Component,
  since: PostgresMoment,
): Promise<InstanceLogs> {
  const sinceSeconds = secondsSince(deps, since);
  const pods = await deps.pods.names(namespace, CLUSTER_LABEL, cluster);
  const logs = await Promise.all(
    pods.map(async (pod) => ({
      pod,
      log: await deps.pods.logSince({ namespace, pod, container: POSTGRES_CONTAINER, sinceSeconds }, since.at),
    })),
  );
  const readable = logs.flatMap(({ log }) => log ?? []);
  if (readable.length === 0)
    throw new Error(`no log of an instance of Cluster ${namespace}/${cluster} may be read (rights on pods/log)`);
  return {
    text: readable.map(({ text }) => text).join('\n'),
    cut: logs.filter(({ log }) => log?.whole !== true).map(({ pod }) => objectName('Pod', namespace, pod)),
  };
}

/** For the kubelet, which counts back from its own time: the clock of the node is the clock of its PostgreSQL. */
export function secondsSince(deps: Pick<Dependencies, 'now'>, { at, aheadMs }: PostgresMoment): number {
  return Math.max(1, Math.ceil((deps.now().getTime() + aheadMs - at + CLOCK_TOLERANCE_MS) / 1_000));
}

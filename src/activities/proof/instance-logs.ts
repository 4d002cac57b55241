import { CLOCK_TOLERANCE_MS } from '../../domain/budgets.ts';
import { objectName, type Component } from '../../domain/component.ts';
import { PGBOUNCER_CONTAINER, POOLER_LABEL } from '../../kubernetes/poolers.ts';
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
  // CNPG gives the pods of a Pooler the label of their Cluster too.
  const pods = await deps.pods.names(namespace, CLUSTER_LABEL, cluster, POOLER_LABEL);
  const logs = await readLogs(deps, { namespace, pods, container: POSTGRES_CONTAINER, sinceSeconds }, since);
  if (logs === undefined)
    throw new Error(`no log of an instance of Cluster ${namespace}/${cluster} may be read (rights on pods/log)`);
  return logs;
}

/** What PgBouncer logged in the pods of a Pooler; undefined where no pod's log may be read. */
export async function readPoolerLogs(
  deps: Dependencies,
  { namespace }: Component,
  pooler: string,
  since: PostgresMoment,
): Promise<InstanceLogs | undefined> {
  const pods = await deps.pods.names(namespace, POOLER_LABEL, pooler);
  const sinceSeconds = secondsSince(deps, since);
  return readLogs(deps, { namespace, pods, container: PGBOUNCER_CONTAINER, sinceSeconds }, since);
}

async function readLogs(
  deps: Pick<Dependencies, 'pods'>,
  {
    pods,
    ...request
  }: Omit<Parameters<Dependencies['pods']['logSince']>[0], 'pod'> & { readonly pods: readonly string[] },
  since: PostgresMoment,
): Promise<InstanceLogs | undefined> {
  const logs = await Promise.all(
    pods.map(async (pod) => ({ pod, log: await deps.pods.logSince({ ...request, pod }, since.at) })),
  );
  const readable = logs.flatMap(({ log }) => log ?? []);
  if (readable.length === 0) return undefined;
  return {
    text: readable.map(({ text }) => text).join('\n'),
    cut: logs.filter(({ log }) => log?.whole !== true).map(({ pod }) => objectName('Pod', request.namespace, pod)),
  };
}

/** For the kubelet, which counts back from its own time: the clock of the node is the clock of its PostgreSQL. */
export function secondsSince(deps: Pick<Dependencies, 'now'>, { at, aheadMs }: PostgresMoment): number {
  return Math.max(1, Math.ceil((deps.now().getTime() + aheadMs - at + CLOCK_TOLERANCE_MS) / 1_000));
}

import type { Component } from '../../domain/component.ts';
import { readPoolerRefusals, whySilent } from '../../domain/poolers/pooler-log.ts';
import { readRefusals, type Refusal, type RefusedLoginQuery } from '../../domain/proofs/refused-logins.ts';
import type { Dependencies } from '../dependencies.ts';
import { readInstanceLogs, readPoolerLogs, type PostgresMoment } from './instance-logs.ts';

/** Whom PostgreSQL and the PgBouncers before it refused. */
export interface SeenRefusals {
  /** The oldest first. */
  readonly refusals: readonly Refusal[];
  /** The pods of which some log is missing, by their names for messages. */
  readonly cut: readonly string[];
  /** The Poolers that do not show whom they refused. */
  readonly silent: readonly { readonly pooler: string; readonly because: string }[];
}

type Query = Omit<RefusedLoginQuery, 'pods'>;

const UNREAD = 'the logs of its pods could not be read (no pod, or no rights on pods/log)';

/** Every Pooler of the Cluster counts: nobody knows which of them a client that is left behind uses. */
export async function readAllRefusals(
  deps: Dependencies,
  component: Component,
  since: PostgresMoment,
  query: Query,
): Promise<SeenRefusals> {
  const [instances, poolers] = await Promise.all([
    readInstanceLogs(deps, component, since),
    readAtPoolers(deps, component, since, query),
  ]);
  const all = [{ refusals: readRefusals(instances.text, query), cut: instances.cut, silent: [] }, ...poolers];
  return {
    refusals: all.flatMap(({ refusals }) => refusals).sort((a, b) => a.at - b.at),
    cut: all.flatMap(({ cut }) => cut),
    silent: all.flatMap(({ silent }) => silent),
  };
}

async function readAtPoolers(
  deps: Dependencies,
  component: Component,
  since: PostgresMoment,
  query: Query,
): Promise<readonly SeenRefusals[]> {
  const { namespace, cluster } = component;
  // Where the Poolers may not be listed, preflight has said so.
  const poolers = await deps.poolers.ofCluster(namespace, cluster).catch(() => []);
  return Promise.all(
    poolers.map(async (facts): Promise<SeenRefusals> => {
      const pooler = `${namespace}/${facts.name}`;
      const logs = await readPoolerLogs(deps, component, facts.name, since);
      if (logs === undefined) return { refusals: [], cut: [], silent: [{ pooler, because: UNREAD }] };
      const because = whySilent(facts);
      const silent = because === undefined ? [] : [{ pooler, because }];
      return { refusals: readPoolerRefusals(logs.text, pooler, query), cut: logs.cut, silent };
    }),
  );
}

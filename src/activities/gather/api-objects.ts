import type { ClusterState } from '../../domain/cluster.ts';
import { namespacesOf, type Component } from '../../domain/component.ts';
import type { PoolerFacts } from '../../domain/poolers/pooler.ts';
import type { OrUnknown } from '../../domain/preflight/index.ts';
import { redactCluster } from '../../domain/text/redact-cluster.ts';
import type { WorkloadList } from '../../kubernetes/listed-workloads.ts';
import type { DeclaredRoles } from '../../kubernetes/role-specs.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { findStaging, passwordsIn } from '../staging/staging.ts';
import { afterReplay } from './after-replay.ts';
import { currentLogin } from './current-login.ts';
import { orUnknown } from './look-up.ts';
import { seeSecrets, type SeenSecrets } from './seen-secrets.ts';

/** The API's objects of a component. They are the same whichever role the application uses. */
export interface ApiObjects {
  /** Known passwords are removed from its texts. */
  readonly cluster: ClusterState | undefined;
  /** Undefined where there is no Cluster. */
  readonly declaredRoles: (owner: string) => DeclaredRoles | undefined;
  /** The component's own Secret. */
  readonly main: LiveSecret | undefined;
  readonly secrets: SeenSecrets;
  /** By their namespaces, the component's own first. */
  readonly workloads: ReadonlyMap<string, WorkloadList>;
  readonly poolers: OrUnknown<readonly PoolerFacts[]>;
}

/** Reads each object once. The Cluster, the Secret and the workloads must be readable. */
export async function readApiObjects(deps: Dependencies, component: Component): Promise<ApiObjects> {
  const { namespace, cluster: name } = component;
  const [read, seen, workloads, poolers] = await Promise.all([
    deps.clusters.read(namespace, name),
    seeSecrets(deps, component),
    Promise.all(namespacesOf(component).map(async (one) => [one, await deps.workloads.list(one)] as const)),
    orUnknown(deps.poolers.ofCluster(namespace, name)),
  ]);
  const [main, staging] = await Promise.all([
    seen.find(namespace, component.secret),
    orUnknown(findStaging({ secrets: seen }, component)),
  ]);
  const record = staging === 'unknown' ? undefined : staging;
  const secrets = record === undefined ? seen : await afterReplay(deps, component, seen, record);
  const staged = record === undefined ? [] : passwordsIn(record);
  const { held } = main ? currentLogin(main, component) : {};
  return {
    cluster: read && redactCluster(read.state, [...(held ? [held] : []), ...staged]),
    declaredRoles: (owner) => read?.declaredRoles(owner),
    main,
    secrets,
    workloads: new Map(workloads),
    poolers,
  };
}

import { AUTHENTICATION_ERROR, countAuthenticationErrors } from '../../domain/proofs/authentication-errors.ts';
import { CLOCK_TOLERANCE_MS } from '../../domain/budgets.ts';
import { objectName, type Component } from '../../domain/component.ts';
import { messageOf } from '../../domain/failures.ts';
import { countRefusedLogins, whyUncountable, type RefusedLogins } from '../../domain/proofs/refused-logins.ts';
import type { Dependencies } from '../dependencies.ts';
import { credentialOf, type Staging } from '../staging/staging.ts';
import type { VerifyInput, VerifyResult } from '../types.ts';

/** CNPG's label on the pods of a Cluster, and the container that PostgreSQL runs in. */
const CLUSTER_LABEL = 'cnpg.io/cluster';
const POSTGRES_CONTAINER = 'postgres';

/** What the rotation did to clients that logged in meanwhile. It is only reported: the password is proven already. */
export async function lookBack(
  deps: Dependencies,
  input: VerifyInput,
  staging: Staging,
): Promise<Pick<VerifyResult, 'refusedLogins' | 'warnings'>> {
  const warnings: string[] = [];
  const orWarn = async <T>(what: string, look: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      warnings.push(`${what} could not be told: ${messageOf(error)}`);
      return undefined;
    }
  };
  const [refused, sessions, errors] = await Promise.all([
    orWarn('How many logins were refused', () => readRefusedLogins(deps, input)),
    orWarn('Whether old sessions live on', () => describeOldSessions(deps, input, staging)),
    orWarn('Whether the application logged authentication errors', () => describeErrors(deps, input)),
  ]);
  warnings.push(...(refused?.warnings ?? []), ...(sessions ?? []), ...(errors ?? []));
  return { warnings, refusedLogins: refused?.counted };
}

async function readRefusedLogins(
  deps: Dependencies,
  { rotation, end: { roles }, publishedAt, clients, ownAddresses }: VerifyInput,
): Promise<{ readonly counted: RefusedLogins; readonly warnings: readonly string[] }> {
  const { namespace, cluster } = rotation.component;
  const since = Date.parse(publishedAt);
  const sinceSeconds = secondsSince(deps, since);
  const pods = await deps.pods.names(namespace, CLUSTER_LABEL, cluster);
  // A pod that is gone had its address when the addresses were noted. A new pod has its address now.
  const now = await deps.pods.addresses(namespace);
  const logs = await Promise.all(
    pods.map(async (pod) => ({
      pod,
      log: await deps.pods.logSince({ namespace, pod, container: POSTGRES_CONTAINER, sinceSeconds }, since),
    })),
  );
  const uncountable = await findUncountable(deps, rotation.component);
  const readable = logs.flatMap(({ log }) => log ?? []);
  if (readable.length === 0)
    throw new Error(`no log of an instance of Cluster ${namespace}/${cluster} may be read (rights on pods/log)`);
  const cut = logs.filter(({ log }) => log?.whole !== true).map(({ pod }) => objectName('Pod', namespace, pod));
  const found = countRefusedLogins(readable.map(({ text }) => text).join('\n'), {
    roles,
    since,
    ownAddresses: new Set([...deps.ownAddresses(), ...ownAddresses]),
    pods: new Map([...now, ...clients].map(({ address, pod }) => [address, pod])),
  });
  if (uncountable.length > 0) return { counted: { ...found, uncountable }, warnings: [] };
  if (cut.length === 0) return { counted: found, warnings: [] };
  return {
    counted: { ...found, atLeast: true },
    warnings: [
      `There may have been more refused logins than are counted: what ${cut.join(', ')} logged since ${publishedAt} is not all there any more, because the kubelet began a new file or the container started again. Where logs are collected, count its messages with SQLSTATE 28P01 there; a larger containerLogMaxSize of the kubelet keeps more.`,
    ],
  };
}

/** Where rights are missing for a look-up, the other reasons are still returned. */
async function findUncountable(deps: Dependencies, { namespace, cluster }: Component): Promise<readonly string[]> {
  const [state, poolers] = await Promise.all([
    deps.clusters.find(namespace, cluster).catch(() => undefined),
    deps.poolers.ofCluster(namespace, cluster).catch(() => []),
  ]);
  return whyUncountable(
    state,
    poolers.map(({ name }) => `${namespace}/${name}`),
  );
}

/** A role that changed in place may have old and new sessions. A drained role has no sessions. */
async function describeOldSessions(
  deps: Dependencies,
  { rotation: { component }, end: { oldSessionsOf }, appliedAt, endingPods, clients, endOldSessions }: VerifyInput,
  staging: Staging,
): Promise<string[]> {
  if (oldSessionsOf === undefined) return [];
  const ending = clients.filter(({ pod }) => endingPods.includes(pod)).map(({ address }) => address);
  const sessions = await deps.sessions(component, credentialOf(staging, oldSessionsOf), {
    role: oldSessionsOf.role,
    before: appliedAt,
    // Sessions of an ending pod end with the pod.
    notFrom: endOldSessions ? [] : ending,
    end: endOldSessions,
  });
  if (sessions === undefined || sessions.found === sessions.ended) return [];
  return [
    `${sessions.found - sessions.ended} sessions of role "${oldSessionsOf.role}" that began with the other password live on (from ${sessions.clients.join(', ')}). They end when their clients reconnect; endOldSessions ends them.`,
  ];
}

async function describeErrors(
  deps: Dependencies,
  { rotation, end: { target }, appliedAt, pods }: VerifyInput,
): Promise<string[]> {
  const since = Date.parse(appliedAt) + CLOCK_TOLERANCE_MS;
  const { namespace } = rotation.component;
  const found = await Promise.all(
    pods.map(async (pod) => {
      const log = await deps.pods.log({ namespace, pod, sinceSeconds: secondsSince(deps, since), timestamps: true });
      const name = objectName('Pod', namespace, pod);
      if (log === undefined)
        return `The log of ${name} could not be read (gone, or no rights on pods/log), so whether it has authentication errors is not known. Look into it where logs are collected; deploy/rbac.yaml has the right.`;
      const count = countAuthenticationErrors(log, since);
      if (count === 0) return undefined;
      const which = target === 'pending' ? 'new' : 'previous';
      const container = await deps.pods.mainContainer(namespace, pod);
      const choice = container === undefined ? '' : ` -c ${container}`;
      return `${name}${container === undefined ? '' : `, container ${container},`} logged ${count} authentication errors after the ${which} password was applied. See them with: kubectl -n ${namespace} logs ${pod}${choice} --since-time=${new Date(since).toISOString()} | grep -iE '${AUTHENTICATION_ERROR}'`;
    }),
  );
  return found.filter((warning) => warning !== undefined);
}

function secondsSince(deps: Dependencies, moment: number): number {
  return Math.max(1, Math.ceil((deps.now().getTime() - moment + CLOCK_TOLERANCE_MS) / 1_000));
}

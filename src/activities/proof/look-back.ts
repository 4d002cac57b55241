import { AUTHENTICATION_ERROR, countAuthenticationErrors } from '../../domain/proofs/authentication-errors.ts';
import { CLOCK_TOLERANCE_MS } from '../../domain/budgets.ts';
import { namespacesOf, objectName, type Component } from '../../domain/component.ts';
import { podPath, type PodAddress } from '../../domain/consumers/clients.ts';
import { watchSecondsOf, type LeftBehind } from '../../domain/consumers/left-behind.ts';
import { messageOf } from '../../domain/failures.ts';
import { countRefusals, whyUncountable, type Refusal, type RefusedLogins } from '../../domain/proofs/refused-logins.ts';
import type { Sessions } from '../../postgres/sessions.ts';
import type { Dependencies } from '../dependencies.ts';
import { credentialOf, passwordsIn, type Staging } from '../staging/staging.ts';
import type { VerifyInput, VerifyResult } from '../types/index.ts';
import { secondsSince, type PostgresMoment } from './instance-logs.ts';
import { findLeftBehind } from './left-behind.ts';
import { poolerAddresses } from './prove-poolers.ts';
import { readAllRefusals } from './refusals.ts';

/**
 * What the rotation did to clients that logged in meanwhile. It is only reported: the password is proven already.
 * @param proven when the new login was proven.
 */
export async function lookBack(
  deps: Dependencies,
  input: VerifyInput,
  staging: Staging,
  proven: PostgresMoment,
): Promise<Pick<VerifyResult, 'refusedLogins' | 'leftBehind' | 'warnings'>> {
  const warnings: string[] = [];
  const orWarn = async <T>(what: string, look: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      warnings.push(`${what} could not be told: ${messageOf(error)}`);
      return undefined;
    }
  };
  const [refused, sessions, errors, poolers] = await Promise.all([
    orWarn('How many logins were refused', () => readRefusedLogins(deps, input, proven)),
    orWarn('Whether old sessions live on', () => readOldSessions(deps, input, staging)),
    orWarn('Whether the application logged authentication errors', () => describeErrors(deps, input, proven)),
    poolerAddresses(deps, input.rotation).catch(() => []),
  ]);
  const old = input.leftSessions ?? sessions?.byClient ?? [];
  const leftBehind = await orWarn('Who was left behind', () =>
    leftBehindAt(deps, input, proven, refused?.refusals ?? [], old),
  );
  warnings.push(...(refused?.warnings ?? []), ...describeOldSessions(input, sessions, poolers), ...(errors ?? []));
  return { warnings, refusedLogins: refused?.counted, ...(leftBehind && { leftBehind }) };
}

/** On the way back nobody is left behind: the old password is the valid one again. */
async function leftBehindAt(
  deps: Dependencies,
  input: VerifyInput,
  proven: PostgresMoment,
  refusals: readonly Refusal[],
  oldSessions: Sessions['byClient'],
): Promise<readonly LeftBehind[] | undefined> {
  if (input.end.target === 'previous') return undefined;
  // The refusals after the proof are those that the watch counts.
  const counted = watchSecondsOf(input.rotation.component) > 0 ? refusals.filter(({ at }) => at < proven.at) : refusals;
  return findLeftBehind(deps, input, { refusals: counted, oldSessions, provenAt: proven.at });
}

async function readRefusedLogins(
  deps: Dependencies,
  input: VerifyInput,
  { aheadMs }: PostgresMoment,
): Promise<{
  readonly counted: RefusedLogins;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}> {
  const { rotation, end, publishedAt, wroteAt, clients } = input;
  const { component } = rotation;
  // The worker's clock and PostgreSQL's are compared by the login of the proof. Temporal's clock is compared with none.
  const since = wroteAt === undefined ? Date.parse(publishedAt) : Date.parse(wroteAt) + aheadMs;
  // A pod that is gone had its address when the addresses were noted. A new pod has its address now.
  const now = (await Promise.all(namespacesOf(component).map((one) => deps.pods.addresses(one)))).flat();
  const query = { roles: end.roles, since, ownAddresses: ownAddresses(deps, input) };
  const [{ refusals, cut, silent }, state] = await Promise.all([
    readAllRefusals(deps, component, { at: since, aheadMs }, query),
    // Where the right to look is missing, the other reasons are still returned.
    deps.clusters.find(component.namespace, component.cluster).catch(() => undefined),
  ]);
  const uncountable = whyUncountable(state, silent);
  const own = [...now, ...clients].filter(({ shared }) => shared !== true);
  const pods = new Map(own.map((one) => [one.address, podName(component, one)]));
  const found = countRefusals(refusals, pods);
  if (uncountable.length > 0) {
    const nobodyKnows = `Nobody can tell whom the rotation left behind, because ${uncountable.join(', and because ')}.`;
    return { counted: { ...found, uncountable }, refusals, warnings: end.target === 'pending' ? [nobodyKnows] : [] };
  }
  if (cut.length === 0) return { counted: found, refusals, warnings: [] };
  return {
    counted: { ...found, atLeast: true },
    refusals,
    warnings: [
      `There may have been more refused logins than are counted: what ${cut.join(', ')} logged since ${publishedAt} is not all there any more, because the kubelet began a new file or the container started again. Where logs are collected, count its messages with SQLSTATE 28P01 there; a larger containerLogMaxSize of the kubelet keeps more.`,
    ],
  };
}

/** `litellm-7f9c`, or `apps/litellm-7f9c` in another namespace than the component's. */
function podName(component: Component, { pod, namespace = component.namespace }: PodAddress): string {
  return namespace === component.namespace ? pod : `${namespace}/${pod}`;
}

/** From these addresses our own workers tried the password that must be refused. */
export function ownAddresses(
  deps: Pick<Dependencies, 'ownAddresses'>,
  input: Pick<VerifyInput, 'ownAddresses'>,
): ReadonlySet<string> {
  return new Set([...deps.ownAddresses(), ...input.ownAddresses]);
}

/** A role that changed in place may have old and new sessions. A drained role has no sessions. */
async function readOldSessions(
  deps: Dependencies,
  { rotation: { component }, end: { oldSessionsOf }, appliedAt, endingPods, clients, endOldSessions }: VerifyInput,
  staging: Staging,
): Promise<Sessions | undefined> {
  if (oldSessionsOf === undefined) return undefined;
  const ending = clients
    .filter((client) => endingPods.includes(podPath({ namespace: component.namespace, ...client })))
    .map(({ address }) => address);
  return deps.sessions(component, credentialOf(staging, oldSessionsOf), {
    role: oldSessionsOf.role,
    before: appliedAt,
    // Sessions of an ending pod end with the pod.
    notFrom: endOldSessions ? [] : ending,
    end: endOldSessions,
    hidden: passwordsIn(staging),
  });
}

function describeOldSessions(
  { end: { oldSessionsOf } }: VerifyInput,
  sessions: Sessions | undefined,
  poolers: readonly string[],
): string[] {
  if (oldSessionsOf === undefined || sessions === undefined || sessions.found === sessions.ended) return [];
  const ofPoolers = sessions.clients.length > 0 && sessions.clients.every((client) => poolers.includes(client));
  const end = ofPoolers
    ? 'PgBouncer gives them to clients that log in with the new password too, and keeps them until its server_idle_timeout and server_lifetime'
    : 'They end when their clients reconnect';
  return [
    `${sessions.found - sessions.ended} sessions of role "${oldSessionsOf.role}" that began with the other password live on (from ${sessions.clients.join(', ')}). ${end}; endOldSessions ends them.`,
  ];
}

async function describeErrors(deps: Dependencies, input: VerifyInput, { aheadMs }: PostgresMoment): Promise<string[]> {
  const { appliedAt, end } = input;
  const since = Date.parse(appliedAt) + CLOCK_TOLERANCE_MS;
  const sinceSeconds = secondsSince(deps, { at: since, aheadMs });
  const found = await Promise.all(
    newPods(input).map(async ({ namespace, pod }) => {
      const log = await deps.pods.log({ namespace, pod, sinceSeconds, timestamps: true });
      const name = objectName('Pod', namespace, pod);
      if (log === undefined)
        return `The log of ${name} could not be read (gone, or no rights on pods/log), so whether it has authentication errors is not known. Look into it where logs are collected; "cnpg-rotate rights" prints the right.`;
      const count = countAuthenticationErrors(log, since);
      if (count === 0) return undefined;
      const which = end.target === 'pending' ? 'new' : 'previous';
      const container = await deps.pods.mainContainer(namespace, pod);
      const choice = container === undefined ? '' : ` -c ${container}`;
      return `${name}${container === undefined ? '' : `, container ${container},`} logged ${count} authentication errors after the ${which} password was applied. See them with: kubectl -n ${namespace} logs ${pod}${choice} --since-time=${new Date(since).toISOString()} | grep -iE '${AUTHENTICATION_ERROR}'`;
    }),
  );
  return found.filter((warning) => warning !== undefined);
}

/** A rotation that began with version 0.2.0 says of no workload which pods are its own: all of them were at home. */
function newPods({ rotation, pods, workloads = [] }: VerifyInput) {
  const placed = workloads.flatMap(({ namespace, pods: own = [] }) => own.map((pod) => ({ namespace, pod })));
  return placed.length > 0 ? placed : pods.map((pod) => ({ namespace: rotation.component.namespace, pod }));
}

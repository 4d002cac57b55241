import { CLOCK_TOLERANCE_MS, FIRST_LOGIN_SECONDS, REFUSED_BEFORE_SECONDS, SAMPLE_MS } from '../../domain/budgets.ts';
import { namespacesOf, objectName } from '../../domain/component.ts';
import { describeAddress } from '../../domain/consumers/clients.ts';
import { messageOf, RotationError } from '../../domain/failures.ts';
import { countAuthenticationErrors } from '../../domain/proofs/authentication-errors.ts';
import {
  allLoggedIn,
  describeRefusedPod,
  expectedPods,
  newPods,
  refusedPods,
  type NewPodsSeen,
} from '../../domain/proofs/new-pods.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Dependencies } from '../dependencies.ts';
import { credentialOf, type Staging } from '../staging/staging.ts';
import type { DrainInput, RestartedPods } from '../types/index.ts';
import { secondsSince, type PostgresMoment } from './instance-logs.ts';
import { ownAddresses } from './look-back.ts';
import { readAllRefusals } from './refusals.ts';
import type { StepClock } from './step-clock.ts';
import { until } from './until.ts';

interface Look {
  readonly rotation: RotationRef;
  readonly drain: DrainInput['drain'];
  readonly restarted: RestartedPods;
  readonly staging: Staging;
  /** When the Secrets began to change. */
  readonly published: PostgresMoment;
}

/** The verdict of one look: no pod is refused, as far as could be seen. */
interface Seen {
  readonly seen: NewPodsSeen;
  /** Whether PostgreSQL's log was read. */
  readonly judged: boolean;
  readonly warnings: readonly string[];
}

/**
 * Proves that PostgreSQL lets the pods in that the restart made. Each gets some seconds for its first login. A pod whose
 * workload kept its sessions before gets the whole time, because its session will be seen.
 * @returns warnings about pods of which nothing was seen.
 * @throws RotationError `NewPodsRefused`, with the pods.
 */
export async function proveNewPods(
  deps: Dependencies,
  { rotation, drain, restarted }: Pick<Look, 'rotation' | 'drain'> & { readonly restarted: RestartedPods },
  staging: Staging,
  clock: StepClock,
): Promise<readonly string[]> {
  const published = await momentOf(deps, { rotation, drain, restarted }, staging);
  const look: Look = { rotation, drain, restarted, staging, published };
  const beganMs = clock.spentMs();
  const { seen: usual, behindPoolers } = FIRST_LOGIN_SECONDS;
  const waitMs = ((rotation.poolers ?? []).length === 0 ? usual : behindPoolers) * 1_000;
  const loggedIn = new Set<string>();
  const found = await until<Seen, Seen>(deps, {
    clock,
    watched: [],
    look: async () => {
      const isTime = clock.spentMs() - beganMs >= waitMs || clock.leftMs() <= 0;
      const seen = await seePods(deps, look, loggedIn);
      const isDone = allLoggedIn(seen) || (isTime && expectedPods(seen).length === 0);
      // PostgreSQL's log is long, so nobody reads it while a login may come at any moment.
      if (!isDone && !isTime)
        return { done: false, missing: { seen, judged: false, warnings: [] }, lookAgainMs: SAMPLE_MS.each };
      const found = await judge(deps, look, seen);
      return isDone ? { done: true, result: found } : { done: false, missing: found };
    },
  });
  const last = found.done ? found.result : found.missing;
  const { seen, warnings } = last.judged ? last : await judge(deps, look, last.seen);
  const unseen = found.done ? [] : expectedPods(seen).map((pod) => describeAddress(pod.address, [pod]));
  if (unseen.length === 0) return warnings;
  return [
    ...warnings,
    `No login as "${drain.successor.role}" was seen of ${unseen.join(', ')}, whose workload was logged in all the time before. PostgreSQL's log shows no refusal either. Look what it does before it needs the database.`,
  ];
}

/** By PostgreSQL's clock, which a login tells. */
async function momentOf(
  deps: Dependencies,
  { rotation, drain, restarted }: Pick<Look, 'rotation' | 'drain' | 'restarted'>,
  staging: Staging,
): Promise<PostgresMoment> {
  const askedAt = deps.now().getTime();
  const login = await deps.login(rotation.component, credentialOf(staging, drain.successor));
  const local = (askedAt + deps.now().getTime()) / 2;
  const aheadMs = login.accepted ? Math.round(Date.parse(login.serverTime) - local) : 0;
  const { wroteAt, publishedAt } = restarted;
  return { at: wroteAt === undefined ? Date.parse(publishedAt) : Date.parse(wroteAt) + aheadMs, aheadMs };
}

/** The pods, and from where the new role was seen logged in, in this look or an earlier one. */
async function seePods(
  deps: Dependencies,
  { rotation: { component }, drain, restarted, staging, published }: Look,
  loggedIn: Set<string>,
): Promise<NewPodsSeen> {
  const now = (await Promise.all(namespacesOf(component).map((one) => deps.pods.addresses(one)))).flat();
  const pods = { before: restarted.clients, now };
  const wanted = newPods({ restarted: restarted.workloads, pods }).map(({ address }) => address);
  const unseen = wanted.filter((address) => !loggedIn.has(address));
  const found = await deps.sampleClients(component, credentialOf(staging, drain.successor), unseen);
  for (const address of found ?? []) loggedIn.add(address);
  return {
    restarted: restarted.workloads,
    pods,
    publishedAt: published.at,
    refusals: [],
    sessionsBefore: restarted.seenBefore ?? [],
    loggedIn: [...loggedIn],
  };
}

/** Reads who was refused. @throws RotationError `NewPodsRefused`. */
async function judge(deps: Dependencies, look: Look, pods: NewPodsSeen): Promise<Seen> {
  const { rotation, drain, restarted, published } = look;
  const { component } = rotation;
  const roles = [drain.successor.role, drain.old.role, component.alternating.owner];
  const from = { at: published.at - REFUSED_BEFORE_SECONDS * 1_000, aheadMs: published.aheadMs };
  const query = { roles, since: from.at, ownAddresses: ownAddresses(deps, restarted) };
  const warnings: string[] = [];
  const refusals = await readAllRefusals(deps, component, from, query).catch((error: unknown) => {
    warnings.push(`Whether PostgreSQL refuses the new pods could not be told: ${messageOf(error)}`);
    return undefined;
  });
  const seen = { ...pods, refusals: refusals?.refusals ?? [] };
  const refused = refusedPods(seen);
  const stopping = refused.filter(({ before }) => !before);
  if (stopping.length > 0) throw newPodsRefused(look, stopping.map(describeRefusedPod).join(', '));
  const asBefore = refused.map(describeRefusedPod);
  if (asBefore.length > 0)
    warnings.push(`PostgreSQL refuses ${asBefore.join(', ')}, as it refused this workload before the rotation.`);
  const said = refused.length > 0 ? [] : await podsThatSaySo(deps, look, roles, seen);
  if (said.length > 0) throw newPodsRefused(look, said.join(', '));
  return { seen, judged: true, warnings };
}

/** New pods whose log says that one of the roles was refused: a Pooler may not show whom it refuses. */
async function podsThatSaySo(
  deps: Dependencies,
  { published }: Look,
  roles: readonly string[],
  seen: NewPodsSeen,
): Promise<readonly string[]> {
  const since = published.at + CLOCK_TOLERANCE_MS;
  const sinceSeconds = secondsSince(deps, published);
  const found = await Promise.all(
    newPods(seen).map(async ({ namespace = '', pod }) => {
      const log = await deps.pods.log({ namespace, pod, sinceSeconds, timestamps: true });
      const count = log === undefined ? 0 : countAuthenticationErrors(log, since, roles);
      return count === 0 ? [] : [`${objectName('Pod', namespace, pod)}, whose log has ${count} authentication errors`];
    }),
  );
  return found.flat();
}

function newPodsRefused({ rotation: { component }, drain }: Look, who: string): RotationError {
  const { old, successor } = drain;
  return new RotationError(
    'NewPodsRefused',
    `The application has "${successor.role}" and its password in its Secrets, and "${old.role}" can still log in, but these new pods are refused: ${who}. Such a pod takes the password from a Secret of ${component.name} and the user name from somewhere else, or the reverse. Let it take both from the Secret, then start again.`,
  );
}

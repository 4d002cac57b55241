import { BUDGET_SECONDS } from '../budgets.ts';
import type { Component, ConsumerRef } from '../component.ts';
import type { Refusal } from '../proofs/refused-logins.ts';
import { belongsTo, describeAddress, podPath, type ClientSessions, type PodAddress } from './clients.ts';

/*
 * Whom a rotation left behind: who still has the other password when every restarted pod has the new one.
 *
 *   publish ─────────── restart ─────────── last old pod gone ─────────── end of the watch
 *      refusals of pods that are restarted         refusals of anybody
 *      are the window, and excused
 *      refusals of everybody else
 *      ◀───────────────────── are left behind ─────────────────────────▶
 *
 * A session that began with the other password works until its client reconnects, so its client is left behind too.
 */

/** How long a rotation looks who is still refused; 0: only at what has happened until its proof. */
export function watchSecondsOf({ watchSeconds = BUDGET_SECONDS.watch }: Pick<Component, 'watchSeconds'>): number {
  return watchSeconds;
}

/** Why a client counts as left behind, the most certain reason first. */
const REASONS = ['still refused', 'refused meanwhile', 'logged in before'] as const;
type Reason = (typeof REASONS)[number];

const REASON_TEXT: Readonly<Record<Reason, string>> = {
  'still refused': 'refused after the last old pod was gone',
  'refused meanwhile': 'refused since the password changed, and not restarted',
  'logged in before': 'logged in with the other password, and refused as soon as it reconnects',
};

export interface LeftBehind {
  /** The client's address; empty for a Unix socket of the instance. */
  readonly client: string;
  readonly role: string;
  /** How often PostgreSQL refused the client. */
  readonly refused: number;
  readonly because: Reason;
  /** The pod with the address; absent where no pod has it, or several share it. */
  readonly pod?: string;
  readonly namespace?: string;
  /** `Deployment worker`. */
  readonly owner?: string;
  readonly applicationName?: string;
  /** The pods that share the address of their node. */
  readonly candidates?: readonly string[];
}

export interface LeftBehindQuestion {
  /** Since the first write, without our own. */
  readonly refusals: readonly Refusal[];
  /** The last old pod was gone at this time of PostgreSQL's clock, in milliseconds since the epoch. */
  readonly goneAt: number;
  /** Sessions that began with the other password and live on. */
  readonly oldSessions: readonly ClientSessions[];
  /** The workloads that the rotation restarted. */
  readonly restarted: readonly ConsumerRef[];
  /** The paths of old pods that are still ending: their refusals end with them. */
  readonly endingPods: readonly string[];
  readonly pods: {
    /** As the rotation saw them on its way. */
    readonly before: readonly PodAddress[];
    readonly now: readonly PodAddress[];
  };
  /** Clients that were logged in before the rotation. They have names for their addresses. */
  readonly seenBefore: readonly ClientSessions[];
}

export function judgeLeftBehind(question: LeftBehindQuestion): readonly LeftBehind[] {
  const refused = groupBy(question.refusals, ({ client, role }) => `${client} ${role}`).flatMap((all) => {
    const [{ client, role }] = all;
    const because = reasonOf(question, client, all);
    return because === undefined ? [] : [named(question, { client, role, refused: all.length, because })];
  });
  const loggedIn = question.oldSessions
    .filter(({ address }) => !isDatabaseOrRestarted(question, address ?? ''))
    .map(({ address = '', role, applicationName }): LeftBehind => {
      const found = named(question, { client: address, role, refused: 0, because: 'logged in before' });
      return { ...found, ...(applicationName !== undefined && { applicationName }) };
    });
  return mergeLeftBehind(refused, loggedIn);
}

/** Each client once, with all of its refusals; most refused first. */
export function mergeLeftBehind(...lists: readonly (readonly LeftBehind[])[]): readonly LeftBehind[] {
  return groupBy(lists.flat(), ({ client, role }) => `${client} ${role}`)
    .map((all): LeftBehind => {
      const because = REASONS.find((reason) => all.some((one) => one.because === reason)) ?? all[0].because;
      const refused = all.reduce((sum, one) => sum + one.refused, 0);
      return { ...Object.assign({}, ...[...all].reverse()), refused, because } as LeftBehind;
    })
    .sort((a, b) => b.refused - a.refused);
}

function reasonOf(
  question: LeftBehindQuestion,
  client: string,
  refusals: readonly Refusal[],
): LeftBehind['because'] | undefined {
  const { goneAt, endingPods, pods } = question;
  const all = podsAt(question, client);
  if (all.some((pod) => endingPods.includes(podPath(pod)))) return undefined;
  if (refusals.some(({ at }) => at >= goneAt)) return 'still refused';
  if (isDatabaseOrRestarted(question, client)) return undefined;
  // A pod that has ended meanwhile has nothing any more. Who comes after it reads the new password.
  const before = pods.before.filter(({ address }) => address === client);
  const isGone = before.length > 0 && !before.some((pod) => pods.now.some((now) => isSamePod(now, pod)));
  return isGone ? undefined : 'refused meanwhile';
}

/** Clients behind a Pooler cannot be told apart, so its refusals before the last old pod was gone are excused. */
function isDatabaseOrRestarted(question: LeftBehindQuestion, client: string): boolean {
  return podsAt(question, client).some((pod) => pod.part !== undefined || belongsTo(pod, question.restarted));
}

function podsAt({ pods }: LeftBehindQuestion, client: string): readonly PodAddress[] {
  return [...pods.now, ...pods.before].filter(({ address }) => address === client);
}

function isSamePod(one: PodAddress, other: PodAddress): boolean {
  return one.pod === other.pod && one.namespace === other.namespace;
}

/** Adds what is known of the client's address. The pods of now say more than those of before. */
function named(question: LeftBehindQuestion, found: LeftBehind): LeftBehind {
  const { pods, seenBefore } = question;
  const at = (all: readonly PodAddress[]) => all.filter(({ address }) => address === found.client);
  const mine = at(pods.now).length > 0 ? at(pods.now) : at(pods.before).slice(0, 1);
  const [pod] = mine;
  const seen = seenBefore.find(({ address, role }) => address === found.client && role === found.role);
  return {
    ...found,
    ...(seen?.applicationName !== undefined && { applicationName: seen.applicationName }),
    ...(pod !== undefined && mine.length === 1 && fieldsOf(pod)),
    ...(mine.length > 1 && { candidates: mine.map(podPath) }),
  };
}

function fieldsOf({ pod, namespace, owner }: PodAddress): Pick<LeftBehind, 'pod' | 'namespace' | 'owner'> {
  return {
    pod,
    ...(namespace !== undefined && { namespace }),
    ...(owner !== undefined && { owner: `${owner.kind} ${owner.name}` }),
  };
}

/** `pod apps/worker-7f9c (10.0.0.7) of Deployment worker`: a client's name in one short line. */
export function leftBehindName({ client, pod, namespace, owner, candidates = [] }: LeftBehind): string {
  if (pod !== undefined) {
    const [kind = '', name = ''] = owner?.split(' ') ?? [];
    const at = { pod, address: client, ...(namespace && { namespace }), ...(owner && { owner: { kind, name } }) };
    return describeAddress(client, [at]);
  }
  const shared = candidates.map((one) => ({ pod: one, address: client }));
  return describeAddress(client === '' ? undefined : client, shared);
}

/** `pod … as litellm, "psql": refused 7 times, after the last old pod was gone`. */
export function describeLeftBehind(one: LeftBehind): string {
  const { role, refused, because, applicationName } = one;
  const name = applicationName === undefined ? '' : `, "${applicationName}"`;
  const times = refused === 0 ? '' : ` (${refused} time${refused === 1 ? '' : 's'})`;
  return `${leftBehindName(one)} as ${role}${name}: ${REASON_TEXT[because]}${times}`;
}

/** So many are named where there is little room. */
const MAX_NAMED = 3;

/** `3 left behind: …, … and 1 more`. */
export function leftBehindSummary(all: readonly LeftBehind[]): string {
  const names = all.slice(0, MAX_NAMED).map(leftBehindName);
  const more = all.length > names.length ? ` and ${all.length - names.length} more` : '';
  return `${all.length} left behind: ${names.join('; ')}${more}`;
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

import { belongsTo, describeAddress, podPath, type ClientSessions, type PodAddress } from '../consumers/clients.ts';
import type { ConsumerRef } from '../component.ts';
import type { Refusal } from './refused-logins.ts';

/*
 * With alternating roles both logins work until the old role is locked out, so a pod with the new Secrets that is refused
 * has put something together that no Secret holds: the new password and a user from elsewhere, or the reverse. No probe
 * need show it. Such a pod is found before the old role is locked out, when the way back still locks nobody out:
 *
 *   publish ───── restart ───── last new pod ready ───── look ───── (drain, retire)
 *      └ both logins work ──────────────────────────────────┘
 *
 * A workload whose pods were refused before `publish` too is as it was, and stops nothing.
 */

/** What was seen of the pods. Times are of PostgreSQL's clock, in milliseconds since the epoch. */
export interface NewPodsSeen {
  /** The workloads that were restarted, each with the names of its new pods. */
  readonly restarted: readonly (ConsumerRef & { readonly pods?: readonly string[] })[];
  readonly pods: {
    /** As they were before anything restarted. */
    readonly before: readonly PodAddress[];
    readonly now: readonly PodAddress[];
  };
  /** When the Secrets began to change. */
  readonly publishedAt: number;
  /** The refusals of the owner and of both login roles, also some from before `publishedAt`. */
  readonly refusals: readonly Refusal[];
  /** Who was logged in before. */
  readonly sessionsBefore: readonly ClientSessions[];
  /** The addresses from which the new role is logged in now. */
  readonly loggedIn: readonly string[];
}

/** A new pod that is refused. */
export interface RefusedPod {
  readonly pod: PodAddress;
  readonly role: string;
  readonly times: number;
  /** The workload's pods were refused before anything changed. */
  readonly before: boolean;
}

/** The pods that the restart made. Pods of their node's network share an address, so nobody can tell them apart. */
export function newPods({ restarted, pods }: Pick<NewPodsSeen, 'restarted' | 'pods'>): readonly PodAddress[] {
  const made = new Set(
    restarted.flatMap(({ namespace, pods: own = [] }) => own.map((pod) => podPath({ namespace, pod }))),
  );
  const old = new Set(pods.before.map(podPath));
  const isNew = (pod: PodAddress): boolean =>
    made.has(podPath(pod)) || (!old.has(podPath(pod)) && belongsTo(pod, restarted));
  return pods.now.filter((pod) => pod.shared !== true && isNew(pod));
}

export function refusedPods(seen: NewPodsSeen): readonly RefusedPod[] {
  const { pods, refusals, publishedAt } = seen;
  const earlier = refusals.filter(({ at }) => at < publishedAt);
  return newPods(seen).flatMap((pod) => {
    const mine = refusals.filter(({ client, at }) => client === pod.address && at >= publishedAt);
    const [first] = mine;
    if (first === undefined) return [];
    const siblings = pods.before.filter((one) => isSibling(one, pod) && podPath(one) !== podPath(pod));
    const before = earlier.some(({ client }) => siblings.some(({ address }) => address === client));
    return [{ pod, role: first.role, times: mine.length, before }];
  });
}

/** A client that was logged in for so long kept its session, so its successor will have a session to be seen. */
const HELD_MS = 10_000;

/**
 * The new pods of which no login was seen, and whose workload kept its sessions before: their logins will be seen.
 * Whoever logs in for a moment is seen by chance alone.
 */
export function expectedPods(seen: NewPodsSeen): readonly PodAddress[] {
  const { pods, sessionsBefore, loggedIn, publishedAt } = seen;
  const keepers = sessionsBefore.filter(({ since }) => Date.parse(since) <= publishedAt - HELD_MS);
  const kept = pods.before.filter(({ address }) => keepers.some((one) => one.address === address));
  return newPods(seen).filter((pod) => !loggedIn.includes(pod.address) && kept.some((one) => isSibling(one, pod)));
}

/** Whether every new pod is logged in. */
export function allLoggedIn(seen: NewPodsSeen): boolean {
  return newPods(seen).every(({ address }) => seen.loggedIn.includes(address));
}

export function describeRefusedPod({ pod, role, times }: RefusedPod): string {
  return `${describeAddress(pod.address, [pod])} as "${role}" (${times} time${times === 1 ? '' : 's'})`;
}

function isSibling(one: PodAddress, other: PodAddress): boolean {
  const [a, b] = [one.owner, other.owner];
  return (
    a !== undefined && b !== undefined && a.kind === b.kind && a.name === b.name && one.namespace === other.namespace
  );
}

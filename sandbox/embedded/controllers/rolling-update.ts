/** A Deployment's pods at one moment, as far as a rolling update is concerned. */
export interface RollingFacts {
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  /** All old pods go before a new one comes. */
  readonly recreate: boolean;
  /** Pods of the newest template that are not being ended. */
  readonly fresh: readonly { readonly name: string; readonly ready: boolean }[];
  /** Those of earlier ones. */
  readonly old: readonly { readonly name: string; readonly ready: boolean }[];
  /** Pods that are being ended, of any template. */
  readonly ending: number;
  /** An old pod that is not ready goes at once, as Argo Rollouts ends those of a template that never became stable. */
  readonly unreadyGoAtOnce?: boolean;
}

export interface RollingStep {
  readonly create: number;
  readonly remove: readonly string[];
}

/**
 * What the Deployment controller does next (Kubernetes 1.34.4, `rolling.go` and `recreate.go`). One pass makes pods or
 * ends old ones. A new pod that is not available spares an old one, which may be as little available.
 */
export function nextRollingStep(facts: RollingFacts): RollingStep {
  const { replicas, fresh, old } = facts;
  if (facts.recreate && (old.length > 0 || facts.ending > 0)) return { create: 0, remove: old.map(({ name }) => name) };
  const excess = fresh.length > replicas ? unreadyFirst(fresh).slice(0, fresh.length - replicas) : [];
  const room = replicas + (facts.recreate ? 0 : facts.maxSurge) - fresh.length - old.length;
  const create = Math.max(0, Math.min(replicas - fresh.length, room));
  const removable = create > 0 || excess.length > 0 ? [] : removableOld(facts);
  return { create, remove: [...excess, ...removable].map(({ name }) => name) };
}

/** Those that are not ready first; then those that enough available pods stand in for. */
function removableOld({ replicas, fresh, old, ...facts }: RollingFacts): RollingFacts['old'] {
  const minAvailable = replicas - facts.maxUnavailable;
  const newUnavailable = fresh.filter(({ ready }) => !ready).length;
  const most = fresh.length + old.length - minAvailable - newUnavailable;
  const unready = old.filter(({ ready }) => !ready);
  const cleaned = facts.unreadyGoAtOnce === true ? unready : unready.slice(0, Math.max(0, most));
  if (most <= 0) return cleaned;
  const available = [...fresh, ...old].filter(({ ready }) => ready).length;
  const left = unreadyFirst(old).filter((pod) => !cleaned.includes(pod));
  return [...cleaned, ...left.slice(0, Math.max(0, available - minAvailable))];
}

function unreadyFirst<T extends { readonly ready: boolean }>(pods: readonly T[]): readonly T[] {
  return [...pods].sort((a, b) => Number(a.ready) - Number(b.ready));
}

/**
 * How many pods a Deployment may miss. At least one, where it may have no more than it wants either
 * (`ResolveFenceposts`).
 */
export function unavailableOf(value: number | string | undefined, replicas: number, maxSurge: number): number {
  const resolved = resolvePercentage(value, replicas, 'down');
  return resolved === 0 && maxSurge === 0 ? 1 : Math.min(resolved, replicas);
}

/** `25%` or a number, as in a Deployment; a surge is rounded up, what may be missing down. */
export function resolvePercentage(value: number | string | undefined, of: number, round: 'up' | 'down'): number {
  const [, percentage] = /^(\d+)%$/.exec(String(value ?? '25%')) ?? [];
  if (percentage === undefined) return Number(value);
  const exact = (Number(percentage) * of) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

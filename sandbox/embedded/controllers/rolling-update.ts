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
}

export interface RollingStep {
  readonly create: number;
  readonly remove: readonly string[];
}

/** What the Deployment controller does next. */
export function nextRollingStep(facts: RollingFacts): RollingStep {
  const { replicas, fresh, old } = facts;
  if (facts.recreate && (old.length > 0 || facts.ending > 0)) return { create: 0, remove: old.map(({ name }) => name) };
  const excess = fresh.length > replicas ? unreadyFirst(fresh).slice(0, fresh.length - replicas) : [];
  const room = replicas + (facts.recreate ? 0 : facts.maxSurge) - fresh.length - old.length;
  const create = Math.max(0, Math.min(replicas - fresh.length, room));
  const available = [...fresh, ...old].filter(({ ready }) => ready).length;
  // An old pod that serves nobody may go at once; one that serves, only when enough others do.
  const unready = old.filter(({ ready }) => !ready);
  const spare = Math.max(0, available - (replicas - facts.maxUnavailable));
  const serving = old.filter(({ ready }) => ready).slice(0, spare);
  return { create, remove: [...excess, ...unready, ...serving].map(({ name }) => name) };
}

function unreadyFirst<T extends { readonly ready: boolean }>(pods: readonly T[]): readonly T[] {
  return [...pods].sort((a, b) => Number(a.ready) - Number(b.ready));
}

/** `25%` or a number, as in a Deployment; a surge is rounded up, what may be missing down. */
export function resolvePercentage(value: number | string | undefined, of: number, round: 'up' | 'down'): number {
  const [, percentage] = /^(\d+)%$/.exec(String(value ?? '25%')) ?? [];
  if (percentage === undefined) return Number(value);
  const exact = (Number(percentage) * of) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

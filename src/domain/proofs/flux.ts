/** The parts of a Flux object that we read. */
export interface FluxState {
  readonly suspended: boolean;
  /** The condition Ready; absent before the first reconcile. */
  readonly ready?: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string };
}

export interface KustomizationState extends FluxState {
  readonly source: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** The commit of the revision that the Kustomization tried last, with success or without. */
  readonly attemptedCommit?: string;
  /** So long it may hold on to a revision whose objects are not healthy; absent where it looks at no health. */
  readonly holdsSeconds?: number;
}

export interface GitRepositoryState extends FluxState {
  /** Absent where the source follows something else. */
  readonly branch?: string;
  /** What it follows instead: `tag v1.2.3`. */
  readonly followsInstead?: string;
  /** The commit of the artifact that Kustomizations apply. */
  readonly artifactCommit?: string;
  /** So long one fetch may take; absent where the object leaves that to Flux. */
  readonly fetchSeconds?: number;
}

/** Flux's default of a GitRepository's `spec.timeout`. */
export const USUAL_FETCH_SECONDS = 60;

export interface FluxFacts {
  readonly kustomization: KustomizationState | undefined;
  readonly gitRepository: GitRepositoryState | undefined;
  /** `namespace/name` of both, for messages. */
  readonly names: { readonly kustomization: string; readonly gitRepository: string };
  /** Whether the artifact, and the Kustomization's last attempt, have the commit now. */
  readonly artifactHasCommit: boolean;
  readonly attemptHasCommit: boolean;
}

export type FluxVerdict =
  /** The Kustomization has tried the commit, and its work on the commit is done. */
  | { readonly kind: 'applied' }
  | { readonly kind: 'waiting'; readonly because: string }
  | { readonly kind: 'suspended'; readonly because: string }
  | { readonly kind: 'failing'; readonly because: string };

/** A Kustomization with one of these reasons has applied what it could and now checks health: the Secret is there. */
const AFTER_APPLY: ReadonlySet<string> = new Set(['HealthCheckFailed', 'Progressing', 'ProgressingWithRetry']);

/** What a GitRepository names in `spec.ref`. */
export interface GitReference {
  readonly branch?: string | undefined;
  readonly tag?: string | undefined;
  readonly semver?: string | undefined;
  readonly name?: string | undefined;
  readonly commit?: string | undefined;
}

/** Flux's default where a GitRepository names no reference. */
const DEFAULT_BRANCH = 'master';

/** What a GitRepository follows. Of several references Flux takes the commit, then the name, version, tag, branch. */
export function whatIsFollowed(ref: GitReference): Pick<GitRepositoryState, 'branch' | 'followsInstead'> {
  const { branch = DEFAULT_BRANCH, tag, semver, name, commit } = ref;
  if (commit !== undefined) return { followsInstead: `commit ${commit}` };
  if (name !== undefined) return whatTheNameMeans(name);
  if (semver !== undefined) return { followsInstead: `versions ${semver}` };
  if (tag !== undefined) return { followsInstead: `tag ${tag}` };
  return { branch };
}

/** A reference by its whole name, as flux-operator writes it: `refs/heads/main`. */
function whatTheNameMeans(name: string): Pick<GitRepositoryState, 'branch' | 'followsInstead'> {
  const [, kind, short = ''] = /^refs\/(heads|tags|pull|merge-requests)\/(.+)$/.exec(name) ?? [];
  if (kind === 'heads') return { branch: short };
  if (kind === 'tags') return { followsInstead: `tag ${short}` };
  if (kind !== undefined) return { followsInstead: `the pull request of ${name}` };
  return { followsInstead: `reference ${name}` };
}

/** The parts of a Kustomization's spec that say how long it looks at the health of what it applied. */
export interface HealthCheck {
  readonly wait: boolean;
  readonly healthChecks: number;
  readonly timeout?: string | undefined;
  readonly interval: string;
}

const SHORTEST_TIMEOUT_SECONDS = 30;

/**
 * How long a Kustomization may look at the health of a revision. Meanwhile it tries no other one, also when it is asked
 * to, unless its controller has the feature gate CancelHealthCheckOnNewRevision. The default of the time is Flux's.
 */
export function holdsSeconds({ wait, healthChecks, timeout, interval }: HealthCheck): number | undefined {
  if (!wait && healthChecks === 0) return undefined;
  const seconds = timeout === undefined ? secondsOf(interval) - SHORTEST_TIMEOUT_SECONDS : secondsOf(timeout);
  return Math.max(SHORTEST_TIMEOUT_SECONDS, seconds);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600 };

/** A duration of Go, such as `1m30s`. */
export function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, value, unit = '']) => sum + Number(value) * (UNIT_SECONDS[unit] ?? 0), 0);
}

/** Revisions look like `main@sha1:<commit>`; older ones look like `main/<commit>`. */
export function commitOf(revision: string | undefined): string | undefined {
  return /[0-9a-f]{40,64}$/.exec(revision ?? '')?.[0];
}

/** The objects to ask for a look: the source from the beginning, the Kustomization when the source has the commit. */
export function whomToAsk(facts: FluxFacts): readonly ('GitRepository' | 'Kustomization')[] {
  const { kustomization, gitRepository, artifactHasCommit } = facts;
  return [
    ...(gitRepository?.suspended === false ? (['GitRepository'] as const) : []),
    ...(artifactHasCommit && kustomization?.suspended === false ? (['Kustomization'] as const) : []),
  ];
}

/** How far Flux is with a commit. The verdict quotes Flux's own words. */
export function judgeFlux(facts: FluxFacts): FluxVerdict {
  const { kustomization, gitRepository, names, artifactHasCommit, attemptHasCommit } = facts;
  const [source, applier] = [`GitRepository ${names.gitRepository}`, `Kustomization ${names.kustomization}`];
  if (gitRepository === undefined) return { kind: 'failing', because: `${source} does not exist` };
  if (kustomization === undefined) return { kind: 'failing', because: `${applier} does not exist` };
  if (kustomization.suspended) return { kind: 'suspended', because: `${applier} is suspended` };
  if (!artifactHasCommit) {
    if (gitRepository.suspended) return { kind: 'suspended', because: `${source} is suspended` };
    return { kind: 'waiting', because: `${source} has not fetched the commit${complaint(gitRepository)}` };
  }
  if (!attemptHasCommit)
    return { kind: 'waiting', because: `${applier} has not tried the commit${complaint(kustomization)}` };
  if (kustomization.ready?.status !== 'False' || AFTER_APPLY.has(kustomization.ready.reason))
    return { kind: 'applied' };
  return { kind: 'failing', because: `${applier} fails${complaint(kustomization)}` };
}

function complaint({ ready }: FluxState): string {
  return ready === undefined || ready.status === 'True' ? '' : ` (${ready.reason}: ${ready.message.slice(0, 300)})`;
}

/** Why a Kustomization would not apply the next commit; `undefined` where it would. */
export function standingProblem({ ready }: FluxState): string | undefined {
  if (ready?.status !== 'False' || AFTER_APPLY.has(ready.reason)) return undefined;
  return `${ready.reason}: ${ready.message.slice(0, 300)}`;
}

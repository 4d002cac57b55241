/** A Flux object, as far as we read it. */
export interface FluxState {
  readonly suspended: boolean;
  /** Its condition Ready; absent before its first reconcile. */
  readonly ready?: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string };
}

export interface KustomizationState extends FluxState {
  readonly source: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** Commit of the revision that it tried last, whether that went well or not. */
  readonly attemptedCommit?: string;
}

export interface GitRepositoryState extends FluxState {
  /** Absent where it follows a tag, a version or a commit. */
  readonly branch?: string;
  /** Commit of the artifact that Kustomizations apply. */
  readonly artifactCommit?: string;
}

export interface FluxFacts {
  readonly kustomization: KustomizationState | undefined;
  readonly gitRepository: GitRepositoryState | undefined;
  /** `namespace/name` of both, for messages. */
  readonly names: { readonly kustomization: string; readonly gitRepository: string };
  /** Whether each has the commit by now. */
  readonly artifactHasCommit: boolean;
  readonly attemptHasCommit: boolean;
}

export type FluxVerdict =
  /** The Kustomization has tried the commit, and nothing more is to come of it. */
  | { readonly kind: 'applied' }
  | { readonly kind: 'waiting'; readonly because: string }
  | { readonly kind: 'suspended'; readonly because: string }
  | { readonly kind: 'failing'; readonly because: string };

/** Reasons of a Kustomization that has applied what it could and now looks whether it is healthy: the Secret is there. */
const AFTER_APPLY: ReadonlySet<string> = new Set(['HealthCheckFailed', 'Progressing', 'ProgressingWithRetry']);

/** Revisions are `main@sha1:<commit>`, and were `main/<commit>`. */
export function commitOf(revision: string | undefined): string | undefined {
  return /[0-9a-f]{40,64}$/.exec(revision ?? '')?.[0];
}

/** Whom to ask to look at once: the source from the beginning, the Kustomization when its source has the commit. */
export function whomToAsk(facts: FluxFacts): readonly ('GitRepository' | 'Kustomization')[] {
  const { kustomization, gitRepository, artifactHasCommit } = facts;
  return [
    ...(gitRepository?.suspended === false ? (['GitRepository'] as const) : []),
    ...(artifactHasCommit && kustomization?.suspended === false ? (['Kustomization'] as const) : []),
  ];
}

/** Where Flux stands with a commit. Flux's own words are part of what it says. */
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

/** Why a Kustomization would not apply what comes; `undefined` where it would. */
export function standingProblem({ ready }: FluxState): string | undefined {
  if (ready?.status !== 'False' || AFTER_APPLY.has(ready.reason)) return undefined;
  return `${ready.reason}: ${ready.message.slice(0, 300)}`;
}

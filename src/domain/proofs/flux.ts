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
}

export interface GitRepositoryState extends FluxState {
  /** Absent where the source follows a tag, a version or a commit. */
  readonly branch?: string;
  /** The commit of the artifact that Kustomizations apply. */
  readonly artifactCommit?: string;
}

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

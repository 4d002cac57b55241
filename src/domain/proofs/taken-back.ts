import { USUAL_FETCH_SECONDS, type FluxFacts } from './flux.ts';

export interface TakenBackFacts extends FluxFacts {
  /** Whether the artifact, and the Kustomization's last attempt, have the commit of the new password. */
  readonly artifactHasUndone: boolean;
  readonly attemptHasUndone: boolean;
  /** How long the branch has held the previous password at least. */
  readonly waitedSeconds: number;
}

/** Whether Flux can still bring a commit that the branch has taken back. `because` says how this is known. */
export type TakenBack =
  { readonly kind: 'taken back'; readonly because: string } | { readonly kind: 'may come'; readonly because: string };

/**
 * Flux applies what its source has fetched, and fetches the newest commit of the branch. So the new password comes no
 * more once Flux has tried the commit that takes it back, or where Flux never fetched the other one. A fetch that began
 * before has its own timeout.
 */
export function judgeTakenBack(facts: TakenBackFacts): TakenBack {
  const { kustomization, gitRepository, names, waitedSeconds } = facts;
  const [source, applier] = [`GitRepository ${names.gitRepository}`, `Kustomization ${names.kustomization}`];
  const mayCome = (because: string): TakenBack => ({ kind: 'may come', because });
  if (kustomization === undefined) return mayCome(`${applier} does not exist`);
  if (kustomization.source.kind !== 'GitRepository')
    return mayCome(`${applier} follows a source of kind ${kustomization.source.kind}, whose commits are not known`);
  if (gitRepository === undefined) return mayCome(`${source} does not exist`);
  if (facts.attemptHasCommit)
    return { kind: 'taken back', because: `${applier} has tried the commit with the previous password` };
  if (facts.artifactHasCommit) {
    return kustomization.suspended
      ? { kind: 'taken back', because: `${applier} is suspended, and its source has the previous password` }
      : mayCome(`${applier} has not tried the commit with the previous password`);
  }
  if (facts.artifactHasUndone || facts.attemptHasUndone)
    return mayCome(`${source} has fetched the new password, and not yet the previous one`);
  if (!gitRepository.suspended && waitedSeconds < (gitRepository.fetchSeconds ?? USUAL_FETCH_SECONDS))
    return mayCome(`${source} may be fetching it`);
  return { kind: 'taken back', because: `${source} has never fetched the commit with the new password` };
}

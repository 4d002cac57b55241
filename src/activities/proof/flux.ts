import { RotationError } from '../../domain/failures.ts';
import { judgeFlux, whomToAsk, type FluxFacts, type FluxVerdict } from '../../domain/proofs/flux.ts';
import type { FluxVariables } from '../../domain/proofs/flux-substitution.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import { redact } from '../../domain/text/redact.ts';
import type { Target } from '../../domain/steps.ts';
import type { GitOpsSource, ObjectRef } from '../../domain/source.ts';
import type { Workspace } from '../../gitops/workspace.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { allHold, lacking, readLiveSecrets, type StagedAndLive } from '../staging/live-secrets.ts';
import type { Staging } from '../staging/staging.ts';
import type { StepClock } from './step-clock.ts';
import { until } from './until.ts';

const SHORTEST_PASSWORD = 8;

const KUSTOMIZATION = 'kustomize.toolkit.fluxcd.io';

export interface FluxWait {
  readonly rotation: RotationRef;
  readonly staging: Staging;
  /** The Secrets that the commit must reach. */
  readonly names: readonly string[];
  readonly target: Target;
  readonly source: GitOpsSource;
  /** The commit that must reach the cluster. */
  readonly commit: string;
  readonly workspace: Workspace;
  readonly clock: StepClock;
}

/** The Kustomizations that apply the Secrets: from the configuration, else from Flux's labels. */
export function kustomizationsOf(
  { flux }: GitOpsSource,
  secrets: readonly (Pick<LiveSecret, 'labels'> | undefined)[],
): readonly ObjectRef[] {
  if (flux.kustomization !== undefined) return [flux.kustomization];
  const found = secrets.flatMap((secret) => {
    const name = secret?.labels[`${KUSTOMIZATION}/name`];
    const namespace = secret?.labels[`${KUSTOMIZATION}/namespace`] ?? 'flux-system';
    return name === undefined ? [] : [[`${namespace}/${name}`, { namespace, name }] as const];
  });
  return [...new Map(found).values()];
}

/** What Flux replaces in a Secret's manifest: by the Kustomization that applies it. It is asked once. */
export function variablesOf(
  deps: Pick<Dependencies, 'flux'>,
  source: GitOpsSource,
  secret: Pick<LiveSecret, 'labels'> | undefined,
): (() => Promise<FluxVariables>) | undefined {
  const [kustomization] = kustomizationsOf(source, [secret]);
  if (kustomization === undefined) return undefined;
  let asked: Promise<FluxVariables> | undefined;
  return () => (asked ??= deps.flux.variables(kustomization.namespace, kustomization.name));
}

/**
 * Asks Flux for the commit and waits until every live Secret holds the target's side. Only the live Secrets count: Flux
 * calls a revision applied only when the pods are healthy too. On the way back it also waits until Flux has dropped the
 * earlier commit, since Flux might still be applying this commit.
 * @throws RotationError `FluxSuspended`, `FluxFailing` with Flux's own words.
 */
export async function awaitFlux(deps: Dependencies, wait: FluxWait): Promise<readonly StagedAndLive[]> {
  const { rotation, staging, names, target, source, clock } = wait;
  const first = await readLiveSecrets(deps, rotation, staging, names);
  const follows = source.flux.reconcile.length === 0;
  const requests = new Requests(deps, source);
  const live = first.map((one) => one.live);
  const kustomizations = follows ? kustomizationsOf(source, live) : [];
  const seen = await until(deps, {
    clock,
    watched: kustomizations.map(({ namespace, name }) => deps.flux.watched('Kustomization', namespace, name)),
    look: async () => {
      const verdicts = await Promise.all(kustomizations.map((one) => requests.advance(one, wait)));
      const secrets = await readLiveSecrets(deps, rotation, staging, names);
      const stopped = verdicts.find(({ kind }) => kind === 'suspended' || kind === 'failing');
      const waiting = verdicts.find(({ kind }) => kind === 'waiting');
      const held = allHold(secrets, target);
      if (held && (target === 'pending' || waiting === undefined)) return { done: true, result: secrets };
      if (stopped !== undefined && !held) throw failure(stopped, secrets, target, staging);
      return { done: false, missing: { secrets, waiting } };
    },
  });
  if (seen.done) return seen.result;
  const { secrets, waiting } = seen.missing;
  if (allHold(secrets, target)) return secrets;
  throw failure(waiting, secrets, target, staging);
}

/** Asks for each object only once. */
class Requests {
  readonly #asked = new Set<string>();

  constructor(
    private readonly deps: Dependencies,
    private readonly source: GitOpsSource,
  ) {}

  async advance(kustomization: ObjectRef, { commit, workspace }: FluxWait): Promise<FluxVerdict> {
    const { seen, source } = await readFlux(this.deps, this.source, kustomization);
    const { kustomization: state, gitRepository } = seen;
    const ask = async (artifactHasCommit: boolean): Promise<void> => {
      for (const kind of whomToAsk({ ...seen, artifactHasCommit }))
        await this.#ask(kind, kind === 'GitRepository' ? source : kustomization);
    };
    const has = async (other: string | undefined): Promise<boolean> =>
      other !== undefined && (await workspace.repository.contains(commit, other));
    // The check whether a commit contains ours may need a fetch over the network, so Flux's source is asked first.
    await ask(false);
    const artifactHasCommit = await has(gitRepository?.artifactCommit);
    await ask(artifactHasCommit);
    return judgeFlux({ ...seen, artifactHasCommit, attemptHasCommit: await has(state?.attemptedCommit) });
  }

  async #ask(kind: 'Kustomization' | 'GitRepository', { namespace, name }: ObjectRef): Promise<void> {
    const key = `${kind} ${namespace}/${name}`;
    if (this.#asked.has(key)) return;
    await this.deps.flux.request(kind, namespace, name, this.deps.now().toISOString());
    this.#asked.add(key);
  }
}

/** Flux has decrypted the Secrets. A shorter password, such as the role's name, stands in the names of objects too. */
function withoutPasswords(words: string, { passwords }: Staging): string {
  const known = [passwords.pending, passwords.previous].filter((one) => one !== undefined);
  return redact(
    words,
    known.filter((one) => one.reveal().length >= SHORTEST_PASSWORD),
  );
}

async function readFlux(
  { flux }: Pick<Dependencies, 'flux'>,
  { flux: named }: GitOpsSource,
  kustomization: ObjectRef,
): Promise<{ readonly seen: Omit<FluxFacts, 'artifactHasCommit'>; readonly source: ObjectRef }> {
  const state = await flux.kustomization(kustomization.namespace, kustomization.name);
  const source = named.gitRepository ?? state?.source ?? kustomization;
  const gitRepository = await flux.gitRepository(source.namespace, source.name);
  const names = { kustomization: nameOf(kustomization), gitRepository: nameOf(source) };
  return { seen: { kustomization: state, gitRepository, names, attemptHasCommit: false }, source };
}

/** How far one Kustomization is with the commit, and which objects should be asked to look. */
export async function factsOf(
  deps: Pick<Dependencies, 'flux'>,
  { source: gitOps, commit, workspace }: Pick<FluxWait, 'source' | 'commit' | 'workspace'>,
  kustomization: ObjectRef,
): Promise<{
  readonly facts: FluxFacts;
  readonly ask: readonly (ObjectRef & { readonly kind: 'Kustomization' | 'GitRepository' })[];
}> {
  const { seen, source } = await readFlux(deps, gitOps, kustomization);
  const has = async (other: string | undefined): Promise<boolean> =>
    other !== undefined && (await workspace.repository.contains(commit, other));
  const facts = {
    ...seen,
    artifactHasCommit: await has(seen.gitRepository?.artifactCommit),
    attemptHasCommit: await has(seen.kustomization?.attemptedCommit),
  };
  const ask = whomToAsk(facts).map((kind) => ({ ...(kind === 'GitRepository' ? source : kustomization), kind }));
  return { facts, ask };
}

function failure(
  verdict: FluxVerdict | undefined,
  secrets: readonly StagedAndLive[],
  target: Target,
  staging: Staging,
): RotationError {
  const missing = lacking(secrets, target).join(' and ');
  if (verdict === undefined || verdict.kind === 'applied') {
    return new RotationError(
      'FluxFailing',
      `Flux has applied the commit, but ${missing} does not hold what it holds. Does another Kustomization apply it, or is Flux told to leave it alone?`,
    );
  }
  const because = `${withoutPasswords(verdict.because, staging)}, so ${missing} does not hold what the branch holds`;
  return verdict.kind === 'suspended'
    ? new RotationError('FluxSuspended', `${because}. Resume it with "flux resume", then rotate again.`)
    : new RotationError('FluxFailing', `${because}. Mend that, then rotate again.`);
}

function nameOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

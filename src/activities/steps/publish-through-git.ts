import { log } from '@temporalio/activity';
import { changedMeanwhile, RotationError } from '../../domain/failures.ts';
import { secretAt, type Component } from '../../domain/component.ts';
import { PUSHED, WAS_LIVE } from '../../domain/marks.ts';
import { writtenIn, type SecretCommit } from '../../domain/rotation/handover.ts';
import { recordId, type RotationRef } from '../../domain/rotation/rotation.ts';
import type { CommitTrailers, GitOpsSource } from '../../domain/source.ts';
import type { Target } from '../../domain/steps.ts';
import { commitChange } from '../../gitops/commit-change.ts';
import type { StagedInGit, Wanted } from '../../gitops/look.ts';
import { runInClone } from '../../gitops/render.ts';
import type { Dependencies } from '../dependencies.ts';
import { noteWayBack, requireTurn } from '../staging/fence.ts';
import { awaitFlux, variablesOf, type FluxWait } from '../proof/flux.ts';
import { proveTakenBack } from '../proof/taken-back.ts';
import { allHold, readLiveSecrets, type StagedAndLive } from '../staging/live-secrets.ts';
import { addressesOf, describe } from './publish.ts';
import { credentialOf, readStaging, type Staging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { PublishInput, PublishResult } from '../types/index.ts';

/**
 * Commits the staged values, pushes the commit, and waits until Flux has brought the values to every live Secret.
 * Running it twice is safe: the second run finds the commit by its trailers, and asks Flux once more.
 */
export async function publishThroughGit(
  deps: Dependencies,
  { rotation, change: { target, secrets: names, copies, readByApplications, commit: wantedCommit } }: PublishInput,
  clock: StepClock,
): Promise<PublishResult> {
  const { component } = rotation;
  const commitOf = requireCommit(component, wantedCommit);
  const source = sourceOf(ownSource(deps, component), commitOf);
  const [pushed, wasLive] = marksOf(commitOf);
  const now = deps.now().toISOString();
  const staging = target === 'previous' ? await noteWayBack(deps, rotation) : await readStaging(deps, rotation);
  // A second run of the step knows from the mark when the first one began to write.
  const startedAt = staging.secret.annotations[pushed] ?? now;
  const before = await readLiveSecrets(deps, rotation, staging, names);
  if (target === 'previous') {
    const live = allHold(before, 'previous');
    // Nothing was pushed, so the repository need not even exist.
    if (live && !marked(staging, pushed)) return { touched: false, secrets: [], clients: [] };
    if (!live) await mark(deps, rotation, wasLive, target);
  }
  // The addresses are read before the first pod goes.
  const clients = readByApplications ? await addressesOf(deps, component) : [];
  const inGit = writtenIn({ secrets: names, copies });
  const wanted = toWanted(rotation, staging, commitOf, (name) => {
    const seen = before.find(({ staged }) => staged.name === name);
    return inGit.includes(name) ? { variables: variablesOf(deps, source, seen?.live) } : undefined;
  });
  const trailers = { rotation: recordId(rotation), strategy: component.strategy, target, login: commitOf.login };
  const workspace = await deps.openWorkspace(source, clock.signal);
  try {
    const change = await commitChange(workspace, {
      component: component.name,
      trailers,
      wanted,
      mayBePushed: marked(staging, pushed),
      beforePush: () => mark(deps, rotation, pushed, target),
    });
    const commit = change.commit ?? (await workspace.repository.head());
    const wait = { rotation, staging, names, target, source, commit, workspace, clock };
    const { live, warnings: said } = await bringToCluster(deps, wait, trailers);
    const warnings = [...change.warnings, ...said];
    for (const warning of warnings) log.warn(warning);
    const touched = target === 'pending' || marked(await readStaging(deps, rotation), wasLive) || moved(before, live);
    return {
      startedAt,
      touched,
      secrets: live.map((secret) => describe(secret, secret.live, target)),
      clients,
      commit: change.commit,
      ...(warnings.length > 0 && { warnings }),
    };
  } finally {
    workspace.close();
  }
}

/**
 * Makes the cluster follow the branch: by the command of the catalogue, or by a request to Flux. Where the command fails
 * on the way back, nothing needs the command if the new password cannot reach the cluster any more.
 */
async function bringToCluster(
  deps: Dependencies,
  wait: FluxWait,
  trailers: CommitTrailers,
): Promise<{ readonly live: readonly StagedAndLive[]; readonly warnings: readonly string[] }> {
  const { source, target, workspace } = wait;
  const { reconcile } = source.flux;
  try {
    if (reconcile.length > 0) await runInClone(workspace, reconcile, 'FluxFailing');
  } catch (error) {
    if (target === 'pending' || !(error instanceof RotationError) || error.type !== 'FluxFailing') throw error;
    const undone = await workspace.repository.findCommit({ ...trailers, target: 'pending' }, true);
    const { secrets, because } = await proveTakenBack(deps, wait, { failure: error, undone });
    const command = reconcile.join(' ');
    return { live: secrets, warnings: [`"${command}" failed on the way back too, and was not needed: ${because}.`] };
  }
  return { live: await awaitFlux(deps, wait), warnings: [] };
}

function requireCommit({ name }: Component, commit: SecretCommit | undefined): SecretCommit {
  if (commit !== undefined) return commit;
  throw new RotationError('Unexpected', `The Secrets of component "${name}" are not changed through Git.`);
}

/**
 * The source as the worker's own catalogue has it: nobody who may write to Temporal chooses the commands that a worker
 * runs, or the files that it reads.
 * @throws RotationError `InvalidConfiguration` where the rotation began with another repository or branch.
 */
function ownSource(deps: Dependencies, { name, gitops }: Component): GitOpsSource {
  const own = deps.findComponent(name).gitops;
  if (own === undefined)
    throw new RotationError('InvalidConfiguration', `The component "${name}" has no source gitops in the catalogue.`);
  if (own.repository === gitops?.repository && own.branch === gitops.branch) return own;
  throw new RotationError(
    'InvalidConfiguration',
    `The catalogue of this worker has another repository or branch for "${name}" than the rotation began with. Give each worker the catalogue with which the rotation began, until the rotation has ended.`,
  );
}

/** No template has a login role's verifier as a variable. Its manifest is edited, and nothing is rendered. */
function sourceOf({ variable, ...source }: GitOpsSource, { login }: SecretCommit): GitOpsSource {
  return login === undefined ? { ...source, variable } : { ...source, render: [] };
}

function toWanted(
  { component }: RotationRef,
  staging: Staging,
  { usernames }: SecretCommit,
  /** Undefined for a Secret that the commit does not change. */
  inGit: (name: string) => Pick<StagedInGit, 'variables'> | undefined,
): Wanted {
  const previous = credentialOf(staging, { role: usernames.previous, password: 'previous' });
  const pending = credentialOf(staging, { role: usernames.pending, password: 'pending' });
  return {
    secrets: staging.secrets.flatMap(({ name, data }) => {
      const more = inGit(name);
      return more === undefined ? [] : [{ ...secretAt(component, name), data, ...more }];
    }),
    passwords: { previous: previous.password, pending: pending.password },
    usernames,
  };
}

/** The two notes on the staging Secret. The change of a login role's own Secret has its own two notes. */
function marksOf({ notes }: SecretCommit): readonly [string, string] {
  return notes === 'application' ? [PUSHED, WAS_LIVE] : [`${PUSHED}-${notes}`, `${WAS_LIVE}-${notes}`];
}

function moved(before: readonly StagedAndLive[], after: readonly StagedAndLive[]): boolean {
  return after.some(({ live }, index) => live?.resourceVersion !== before[index]?.live?.resourceVersion);
}

function marked({ secret }: Staging, annotation: string): boolean {
  return annotation in secret.annotations;
}

/**
 * Notes on the staging Secret what begins now, so that a second run of the step finds the note.
 * @throws RotationError `StagingLost` in a late attempt of the way there.
 */
async function mark(deps: Dependencies, rotation: RotationRef, annotation: string, target: Target): Promise<void> {
  const staging = await readStaging(deps, rotation);
  requireTurn(staging, target);
  const { secret } = staging;
  if (annotation in secret.annotations) return;
  const { namespace, name, resourceVersion } = secret;
  const annotations = { [annotation]: deps.now().toISOString() };
  const changed = await deps.secrets.change(namespace, name, { data: {}, annotations, resourceVersion });
  if (changed === undefined) throw changedMeanwhile('Secret', namespace, name);
}

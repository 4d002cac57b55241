import { log } from '@temporalio/activity';
import { RotationError } from '../domain/failures.ts';
import type { Component } from '../domain/component.ts';
import type { Rotation } from '../domain/rotation.ts';
import type { GitOpsSource } from '../domain/source.ts';
import { commitChange } from '../gitops/commit-change.ts';
import type { Wanted } from '../gitops/look.ts';
import { runInClone } from '../gitops/render.ts';
import type { Dependencies } from './dependencies.ts';
import { awaitFlux } from './flux.ts';
import { allHold, readLiveSecrets, type StagedAndLive } from './live-secrets.ts';
import { addressesOf } from './publish.ts';
import { credentialOf, readStaging, type Staging } from './staging.ts';
import type { StepClock } from './step-clock.ts';
import type { PublishResult, StepInput } from './types.ts';

/** On the staging Secret, from before the first push: the branch may hold a commit of the rotation. */
const PUSHED = 'cnpg-rotator.io/pushed';
/** On the staging Secret, on the way back: a live Secret held the new password. */
const WAS_LIVE = 'cnpg-rotator.io/was-live';

/**
 * Commits the target's side, pushes it, and waits until Flux has brought it to every live Secret.
 * Running it twice is safe: the second run finds the commit by its trailer, and asks Flux once more.
 */
export async function publishThroughGit(
  deps: Dependencies,
  { rotation, target }: StepInput,
  clock: StepClock,
): Promise<PublishResult> {
  const { component } = rotation;
  const source = gitOpsSource(component);
  const staging = await readStaging(deps, rotation);
  const before = await readLiveSecrets(deps, rotation, staging, rotation.secrets);
  if (target === 'previous') {
    const live = allHold(before, 'previous');
    // Nothing has left for the repository, so it need not even be there.
    if (live && !marked(staging, PUSHED)) return { touched: false, secrets: [], clients: [] };
    if (!live) await mark(deps, rotation, WAS_LIVE);
  }
  // Before the first pod goes.
  const clients = await addressesOf(deps, component.namespace);
  const wanted = toWanted(rotation, staging);
  const workspace = await deps.openWorkspace(source, clock.signal);
  try {
    const change = await commitChange(workspace, {
      component: component.name,
      trailers: { rotation: rotation.id, strategy: component.strategy, target },
      wanted,
      beforePush: () => mark(deps, rotation, PUSHED),
    });
    for (const warning of change.warnings) log.warn(warning);
    if (source.flux.reconcile.length > 0)
      await runInClone(workspace, source.flux.reconcile, Object.values(wanted.passwords));
    const commit = change.commit ?? (await workspace.repository.head());
    const live = await awaitFlux(deps, { rotation, staging, target, source, commit, workspace, clock });
    const touched = target === 'pending' || marked(await readStaging(deps, rotation), WAS_LIVE) || moved(before, live);
    return {
      touched,
      secrets: live.map(({ staged, live: secret }) => ({
        name: staged.name,
        resourceVersion: secret?.resourceVersion ?? '',
        changedKeys: Object.keys(staged.data[target]).sort(),
      })),
      clients,
      ...(change.commit !== undefined && { commit: change.commit }),
      ...(change.warnings.length > 0 && { warnings: change.warnings }),
    };
  } finally {
    workspace.close();
  }
}

export function gitOpsSource({ name, gitops }: Component): GitOpsSource {
  if (gitops !== undefined) return gitops;
  throw new RotationError('InvalidConfiguration', `The component "${name}" has no source gitops in the catalogue.`);
}

export function toWanted(rotation: Rotation, staging: Staging): Wanted {
  const { namespace } = rotation.component;
  return {
    secrets: staging.secrets.map(({ name, data }) => ({ namespace, name, data })),
    passwords: {
      previous: credentialOf(rotation, staging, 'previous').password,
      pending: credentialOf(rotation, staging, 'pending').password,
    },
  };
}

function moved(before: readonly StagedAndLive[], after: readonly StagedAndLive[]): boolean {
  return after.some(({ live }, index) => live?.resourceVersion !== before[index]?.live?.resourceVersion);
}

function marked({ secret }: Staging, annotation: string): boolean {
  return annotation in secret.annotations;
}

/** A step that runs twice finds here what its first run had begun. */
async function mark(deps: Dependencies, rotation: Rotation, annotation: string): Promise<void> {
  const { secret } = await readStaging(deps, rotation);
  if (annotation in secret.annotations) return;
  const { namespace } = rotation.component;
  const { name, resourceVersion } = secret;
  const annotations = { [annotation]: deps.now().toISOString() };
  const changed = await deps.secrets.change(namespace, name, { data: {}, annotations, resourceVersion });
  if (changed !== undefined) return;
  throw new RotationError('KubernetesUnavailable', `Secret ${namespace}/${name} changed while it was being written.`);
}

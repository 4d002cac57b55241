import { log } from '@temporalio/activity';
import { changedMeanwhile, RotationError } from '../../domain/failures.ts';
import type { Component } from '../../domain/component.ts';
import type { Rotation } from '../../domain/rotation/rotation.ts';
import type { Target } from '../../domain/steps.ts';
import type { GitOpsSource } from '../../domain/source.ts';
import { loginOf, secretsOfPart, type Part } from '../../domain/rotation/turn.ts';
import { commitChange } from '../../gitops/commit-change.ts';
import type { Wanted } from '../../gitops/look.ts';
import { runInClone } from '../../gitops/render.ts';
import type { Dependencies } from '../dependencies.ts';
import { awaitFlux } from '../proof/flux.ts';
import { allHold, readLiveSecrets, type StagedAndLive } from '../staging/live-secrets.ts';
import { addressesOf } from './publish.ts';
import { credentialOf, readStaging, type Staging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { PartInput, PublishResult } from '../types.ts';

/*
 * On the staging Secret, for the application's Secrets and for that of each login role:
 *
 *   cnpg-rotator.io/pushed[-incoming|-outgoing]     from before the first push: the branch may hold a commit of the rotation
 *   cnpg-rotator.io/was-live[-incoming|-outgoing]   on the way back: a live Secret held the new value
 */
const PUSHED = 'cnpg-rotator.io/pushed';
const WAS_LIVE = 'cnpg-rotator.io/was-live';

/**
 * Commits the target's side of a part, pushes it, and waits until Flux has brought it to every live Secret of it.
 * Running it twice is safe: the second run finds the commit by its trailers, and asks Flux once more.
 */
export async function publishThroughGit(
  deps: Dependencies,
  { rotation, target, part = 'application' }: PartInput,
  clock: StepClock,
): Promise<PublishResult> {
  const { component } = rotation;
  const source = sourceOfPart(gitOpsSource(component), part);
  const names = secretsOfPart(rotation, target, part);
  const [pushed, wasLive] = marksOf(target, part);
  const staging = await readStaging(deps, rotation);
  const before = await readLiveSecrets(deps, rotation, staging, names);
  if (target === 'previous') {
    const live = allHold(before, 'previous');
    // Nothing has left for the repository, so it need not even be there.
    if (live && !marked(staging, pushed)) return { touched: false, secrets: [], clients: [] };
    if (!live) await mark(deps, rotation, wasLive);
  }
  // Before the first pod goes.
  const clients = part === 'application' ? await addressesOf(deps, component.namespace) : [];
  const wanted = toWanted(rotation, staging, names);
  const workspace = await deps.openWorkspace(source, clock.signal);
  try {
    const change = await commitChange(workspace, {
      component: component.name,
      trailers: {
        rotation: rotation.id,
        strategy: component.strategy,
        target,
        ...(part !== 'application' && { login: { part, role: loginOf(rotation, target, part).role } }),
      },
      wanted,
      beforePush: () => mark(deps, rotation, pushed),
    });
    for (const warning of change.warnings) log.warn(warning);
    if (source.flux.reconcile.length > 0) await runInClone(workspace, source.flux.reconcile);
    const commit = change.commit ?? (await workspace.repository.head());
    const live = await awaitFlux(deps, { rotation, staging, names, target, source, commit, workspace, clock });
    const touched = target === 'pending' || marked(await readStaging(deps, rotation), wasLive) || moved(before, live);
    return {
      touched,
      secrets: live.map(({ staged, live: secret }) => ({
        name: staged.name,
        resourceVersion: secret?.resourceVersion ?? '',
        changedKeys: Object.keys(staged.data[target]).sort(),
      })),
      clients,
      commit: change.commit,
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

/** A login role's verifier is no variable of anybody's templates: its manifest is edited, and nothing is rendered. */
function sourceOfPart({ variable, ...source }: GitOpsSource, part: Part): GitOpsSource {
  if (part !== 'application') return { ...source, render: [] };
  return variable === undefined ? source : { ...source, variable };
}

function toWanted(rotation: Rotation, staging: Staging, names: readonly string[]): Wanted {
  const { namespace } = rotation.component;
  const previous = credentialOf(rotation, staging, 'previous');
  const pending = credentialOf(rotation, staging, 'pending');
  return {
    secrets: staging.secrets
      .filter(({ name }) => names.includes(name))
      .map(({ name, data }) => ({ namespace, name, data })),
    passwords: { previous: previous.password, pending: pending.password },
    usernames: { previous: previous.username, pending: pending.username },
  };
}

/** The role that the way back lets in is the one that the way there has locked out: one Secret, one mark. */
function marksOf(target: Target, part: Part): readonly [string, string] {
  if (part === 'application') return [PUSHED, WAS_LIVE];
  const there = (target === 'pending') === (part === 'incoming') ? 'incoming' : 'outgoing';
  return [`${PUSHED}-${there}`, `${WAS_LIVE}-${there}`];
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
  throw changedMeanwhile('Secret', namespace, name);
}

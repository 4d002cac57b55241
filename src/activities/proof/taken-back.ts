import { GITOPS_PUBLISH_SECONDS } from '../../domain/budgets.ts';
import { orElse, RotationError } from '../../domain/failures.ts';
import { judgeTakenBack, type TakenBack } from '../../domain/proofs/taken-back.ts';
import type { ObjectRef } from '../../domain/source.ts';
import type { Dependencies } from '../dependencies.ts';
import { allHold, readLiveSecrets, type StagedAndLive } from '../staging/live-secrets.ts';
import { factsOf, kustomizationsOf, type FluxWait } from './flux.ts';
import { timeOfItsOwn } from './step-clock.ts';
import { until } from './until.ts';

export interface FailedCommand {
  /** Why the command of `flux.reconcile` failed. */
  readonly failure: RotationError;
  /** The commit of the new password; undefined where the rotation has none on the branch. */
  readonly undone: string | undefined;
}

export interface ProvenBack {
  readonly secrets: readonly StagedAndLive[];
  /** How it is known that the new password does not come any more. */
  readonly because: string;
}

/** A fetch of Flux that began before the way back is over when its own timeout has passed, and this on top of it. */
const FETCH_MARGIN_SECONDS = 10;

/**
 * On the way back the branch holds the previous password again, and the command that brings the branch to the cluster
 * has failed. Proves that the live Secrets hold the previous password and that Flux does not bring the new one any more:
 * Flux itself is asked instead.
 * @throws RotationError `FluxFailing` with the command's failure, where that is not proven.
 */
export async function proveTakenBack(
  deps: Dependencies,
  wait: FluxWait,
  { failure, undone }: FailedCommand,
): Promise<ProvenBack> {
  const { rotation, staging, names, source, clock } = wait;
  const look = (): Promise<readonly StagedAndLive[]> => readLiveSecrets(deps, rotation, staging, names);
  const first = await look();
  const live = first.map((one) => one.live);
  const kustomizations = kustomizationsOf(source, live);
  if (kustomizations.length === 0) {
    if (!allHold(first, 'previous')) throw failure;
    return { secrets: first, because: 'no Kustomization applies the Secrets, and they hold the previous password' };
  }
  const asked = new Set<string>();
  const startedAt = deps.now().getTime();
  const seen = await until<ProvenBack>(deps, {
    clock: timeOfItsOwn(clock, GITOPS_PUBLISH_SECONDS),
    // The right to watch is not needed where a command reconciles.
    watched: [],
    look: async () => {
      const waitedSeconds = (deps.now().getTime() - startedAt) / 1_000 - FETCH_MARGIN_SECONDS;
      const verdicts = await Promise.all(
        kustomizations.map((one) => judge(deps, wait, one, { undone, waitedSeconds, asked })),
      );
      const secrets = await look();
      const open = verdicts.find(({ kind }) => kind === 'may come');
      if (open !== undefined) return { done: false, missing: open.because };
      if (!allHold(secrets, 'previous'))
        return { done: false, missing: 'the Secrets do not hold the previous password' };
      return { done: true, result: { secrets, because: verdicts.map(({ because }) => because).join(', and ') } };
    },
  });
  if (seen.done) return seen.result;
  throw new RotationError(
    'FluxFailing',
    `${failure.message} The new password may still reach the cluster: ${seen.missing}.`,
  );
}

interface Asking {
  readonly undone: string | undefined;
  readonly waitedSeconds: number;
  readonly asked: Set<string>;
}

async function judge(
  deps: Dependencies,
  wait: FluxWait,
  kustomization: ObjectRef,
  { undone, waitedSeconds, asked }: Asking,
): Promise<TakenBack> {
  // Without the right to read Flux's objects nothing is known.
  const found = await orElse(factsOf(deps, wait, kustomization), ({ message }) => message);
  if (typeof found === 'string') return { kind: 'may come', because: found };
  const { facts, ask } = found;
  const has = async (commit: string | undefined): Promise<boolean> =>
    undone !== undefined && commit !== undefined && (await wait.workspace.repository.contains(undone, commit));
  for (const one of ask) {
    const { kind, namespace, name } = one;
    const key = `${kind} ${namespace}/${name}`;
    if (asked.has(key)) continue;
    asked.add(key);
    await orElse(deps.flux.request(kind, namespace, name, deps.now().toISOString()), () => undefined);
  }
  return judgeTakenBack({
    ...facts,
    artifactHasUndone: await has(facts.gitRepository?.artifactCommit),
    attemptHasUndone: await has(facts.kustomization?.attemptedCommit),
    waitedSeconds,
  });
}

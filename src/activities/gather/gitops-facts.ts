import { GIT_LOOK_MS } from '../../domain/budgets.ts';
import { refIn, turnOf, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Credential } from '../../domain/password.ts';
import type { GitOpsFacts } from '../../domain/preflight/index.ts';
import type { SecretData } from '../../domain/secrets/secret-data.ts';
import { isRefused, placesOfPlan, writePlaces, type SecretPlaces } from '../../domain/secret-plan/index.ts';
import type { GitOpsSource, ObjectRef } from '../../domain/source.ts';
import { judgeFound, look, type Found, type StagedInGit, type Wanted } from '../../gitops/look.ts';
import { rehearse } from '../../gitops/rehearse.ts';
import { fluxKustomization } from '../../kubernetes/flux-labels.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { scramVerifier } from '../../postgres/scram.ts';
import type { Dependencies } from '../dependencies.ts';
import { kustomizationsOf, variablesOf } from '../proof/flux.ts';
import { generatePassword } from '../staging/generate-password.ts';
import type { FoundSecrets } from './find-secrets.ts';
import { onceEach, type SeenSecrets } from './seen-secrets.ts';
import { unfinishedChange, type UnfinishedChange } from './unfinished-change.ts';

/** What has to change in the repository. */
export interface GitOpsQuestion {
  readonly secrets: SeenSecrets;
  readonly found: FoundSecrets;
  /** The role that logs in after the rotation; default: the role whose turn it is. */
  readonly nextRole: string | undefined;
  /** The rotation that asks, whose own commit is no problem. */
  readonly rotation: string | undefined;
}

/**
 * Reads what preflight judges of the repository and of Flux: it clones, decrypts and compares, and changes nothing.
 * @returns undefined where Kubernetes is the source.
 */
export async function gatherGitOpsFacts(
  deps: Dependencies,
  component: Component,
  { secrets, found, nextRole, rotation }: GitOpsQuestion,
): Promise<GitOpsFacts | undefined> {
  const { gitops: source, strategy, alternating } = component;
  if (source === undefined) return undefined;
  const [live, logins] = await Promise.all([
    findAll(
      secrets,
      placesOfPlan(found.plan).filter(({ secret }) => found.plan.copies?.includes(secret) !== true),
    ),
    findAll(secrets, strategy === 'alternating' ? alternating.logins : []),
  ]);
  // Flux does not apply the other Secrets. They are changed in the cluster.
  const applied = logins.filter((secret) => fluxKustomization(secret) !== undefined);
  const reconcilesByCommand = source.flux.reconcile.length > 0;
  const staged: Stage = (secret, pending) => ({
    ...asStaged(secret, pending),
    variables: variablesOf(deps, source, secret),
  });
  const [problem, flux] = await Promise.all([
    findProblem(deps, source, {
      wanted: wantedOf(component, { found, nextRole }, live, applied, staged),
      explain: (seen, wanted) => unfinishedChange(deps, component, seen, wanted, rotation),
    }),
    reconcilesByCommand ? [] : lookAtFlux(deps, source, kustomizationsOf(source, [...live, ...applied])),
  ]);
  const roleSecrets = applied.map(({ name }) => name);
  return { roleSecrets, reconcilesByCommand, flux, problem };
}

async function findAll(
  secrets: SeenSecrets,
  wanted: readonly { readonly secret: string }[],
): Promise<readonly LiveSecret[]> {
  const found = await Promise.all(wanted.map(({ secret }) => secrets.named(secret)));
  return found.filter((secret) => secret !== undefined);
}

type Stage = (secret: LiveSecret, pending: SecretData) => StagedInGit;

/** The change that the repository would have to take; none where the password is not known. */
function wantedOf(
  component: Component,
  { found: { plan, current: from }, nextRole }: Pick<GitOpsQuestion, 'found' | 'nextRole'>,
  live: readonly LiveSecret[],
  roleSecrets: readonly LiveSecret[],
  stage: Stage,
): Wanted | undefined {
  if (from === undefined) return undefined;
  const idle = component.strategy === 'alternating' ? turnOf(component, from.username)?.idle.role : undefined;
  const to = { username: nextRole ?? idle ?? from.username, password: generatePassword(component.password) };
  return {
    secrets: [
      ...live.map((secret) => stage(secret, changeOf(component, secret, placesOfPlan(plan), { from, to }))),
      // The empty bytes stand for a new verifier.
      ...roleSecrets.map((secret) => stage(secret, { password: new Uint8Array() })),
    ],
    passwords: { previous: from.password, pending: to.password },
    usernames: { previous: from.username, pending: to.username },
  };
}

/** Why the repository could not take the change. */
async function findProblem(
  deps: Dependencies,
  source: GitOpsSource,
  {
    wanted,
    explain,
  }: {
    readonly wanted: Wanted | undefined;
    readonly explain: (seen: Found, wanted: Wanted) => Promise<UnfinishedChange | undefined>;
  },
): Promise<GitOpsFacts['problem']> {
  if (wanted === undefined) return undefined;
  const signal = AbortSignal.timeout(GIT_LOOK_MS);
  try {
    const workspace = await deps.openWorkspace(source, signal);
    try {
      await workspace.refresh();
      const seen = await look(workspace, wanted);
      try {
        judgeFound(seen, wanted, 'previous');
      } catch (error) {
        const change = await explain(seen, wanted);
        if (change === undefined) throw error;
        return change.problem;
      }
      await rehearse(workspace, seen, wanted);
      return undefined;
    } finally {
      workspace.close();
    }
  } catch (error) {
    if (error instanceof RotationError) return error.reason;
    if (!signal.aborted) throw error;
    return {
      type: 'GitUnreachable',
      message: `The repository ${source.repository} could not be looked at within ${GIT_LOOK_MS / 1_000} s.`,
    };
  }
}

/** A place that cannot be written is left out here. The step that carries out the plan reports this place. */
function changeOf(
  component: Component,
  live: LiveSecret,
  secrets: readonly SecretPlaces[],
  change: { readonly from: Credential; readonly to: Credential },
): SecretData {
  const { data } = live;
  const name = refIn(component, live);
  const places = secrets.find(({ secret }) => secret === name)?.places ?? [];
  const written = writePlaces(data, { component, secret: name, places, ...change, verifierOf: scramVerifier });
  return isRefused(written) ? {} : written;
}

function asStaged({ namespace, name, data }: LiveSecret, pending: SecretData): StagedInGit {
  const previous = Object.fromEntries(Object.entries(data).filter(([key]) => key in pending));
  return { namespace, name, data: { previous, pending } };
}

async function lookAtFlux(
  deps: Dependencies,
  source: GitOpsSource,
  kustomizations: readonly ObjectRef[],
): Promise<GitOpsFacts['flux']> {
  const gitRepository = onceEach((namespace, name) => deps.flux.gitRepository(namespace, name));
  const found = await Promise.all(
    kustomizations.map(async ({ namespace, name }) => {
      const state = await deps.flux.kustomization(namespace, name);
      const git = source.flux.gitRepository ?? state?.source;
      const kustomization = { kind: 'Kustomization' as const, name: `${namespace}/${name}`, state };
      if (git === undefined) return [kustomization];
      const gitState = await gitRepository(git.namespace, git.name);
      return [kustomization, { kind: 'GitRepository' as const, name: `${git.namespace}/${git.name}`, state: gitState }];
    }),
  );
  return [...new Map(found.flat().map((one) => [`${one.kind} ${one.name}`, one])).values()];
}

import { GIT_LOOK_MS } from '../domain/budgets.ts';
import type { Component } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { GitOpsFacts } from '../domain/preflight/index.ts';
import { rerender } from '../domain/secret-data.ts';
import type { GitOpsSource, ObjectRef } from '../domain/source.ts';
import { judgeFound, look } from '../gitops/look.ts';
import type { LiveSecret } from '../kubernetes/secrets.ts';
import type { Dependencies } from './dependencies.ts';
import { kustomizationsOf } from './flux.ts';
import { generatePassword } from './generate-password.ts';
import { credentialIn } from './secret-facts.ts';

/** What preflight judges of the repository and of Flux: it clones, decrypts and compares, and changes nothing. */
export async function gatherGitOpsFacts(
  deps: Dependencies,
  component: Component,
  source: GitOpsSource,
  secrets: readonly string[],
): Promise<GitOpsFacts> {
  const live = (await Promise.all(secrets.map((name) => deps.secrets.find(component.namespace, name)))).filter(
    (secret) => secret !== undefined,
  );
  const reconcilesByCommand = source.flux.reconcile.length > 0;
  const [problem, flux] = await Promise.all([
    findProblem(deps, component, source, live),
    reconcilesByCommand ? [] : lookAtFlux(deps, source, kustomizationsOf(source, live)),
  ]);
  return { reconcilesByCommand, flux, ...(problem !== undefined && { problem }) };
}

/** Why the repository could not take the change. */
async function findProblem(
  deps: Dependencies,
  component: Component,
  source: GitOpsSource,
  live: readonly LiveSecret[],
): Promise<GitOpsFacts['problem']> {
  const main = live.find(({ name }) => name === component.secret);
  const from = main === undefined ? undefined : credentialIn(main, component);
  if (from === undefined) return undefined;
  const to = { username: from.username, password: generatePassword() };
  const staged = live.map(({ namespace, name, data }) => {
    const pending = rerender(data, from, to);
    const previous = Object.fromEntries(Object.entries(data).filter(([key]) => key in pending));
    return { namespace, name, data: { previous, pending } };
  });
  const wanted = { secrets: staged, passwords: { previous: from.password, pending: to.password } };
  const signal = AbortSignal.timeout(GIT_LOOK_MS);
  try {
    const workspace = await deps.openWorkspace(source, signal);
    try {
      await workspace.refresh();
      judgeFound(await look(workspace, wanted), wanted, 'previous');
      return undefined;
    } finally {
      workspace.close();
    }
  } catch (error) {
    if (error instanceof RotationError) return { type: error.type, message: error.message };
    if (!signal.aborted) throw error;
    return {
      type: 'GitUnreachable',
      message: `The repository ${source.repository} could not be looked at within ${GIT_LOOK_MS / 1_000} s.`,
    };
  }
}

async function lookAtFlux(
  deps: Dependencies,
  source: GitOpsSource,
  kustomizations: readonly ObjectRef[],
): Promise<GitOpsFacts['flux']> {
  const found = await Promise.all(
    kustomizations.map(async ({ namespace, name }) => {
      const state = await deps.flux.kustomization(namespace, name);
      const git = source.flux.gitRepository ?? state?.source;
      return [
        { kind: 'Kustomization' as const, name: `${namespace}/${name}`, state },
        ...(git === undefined
          ? []
          : [
              {
                kind: 'GitRepository' as const,
                name: `${git.namespace}/${git.name}`,
                state: await deps.flux.gitRepository(git.namespace, git.name),
              },
            ]),
      ];
    }),
  );
  return [...new Map(found.flat().map((one) => [`${one.kind} ${one.name}`, one])).values()];
}

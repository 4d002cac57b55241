import { standingProblem } from '../proofs/flux.ts';
import { secretObject } from '../component.ts';
import type { CompanionFacts, GitOpsFacts } from './facts.ts';
import { type Rule } from './rule.ts';
import { blocking, warning } from '../finding.ts';

export const gitHoldsThePassword: Rule = ({ gitops }) => {
  if (gitops?.problem === undefined) return undefined;
  return blocking(gitops.problem.message, 'docs/gitops.md says what a rotation through Git needs.', gitops.problem);
};

export const fluxAppliesTheSecrets: Rule = (facts) => {
  const { gitops, component, secret, companions } = facts;
  if (gitops === undefined || gitops.reconcilesByCommand || secret === undefined) return undefined;
  const all: readonly CompanionFacts[] = [
    { name: component.secret, ...secret },
    ...('found' in companions ? companions.found : []),
  ];
  const strangers = all.filter(({ fluxKustomization, isCopy }) => fluxKustomization === undefined && isCopy !== true);
  if (strangers.length === 0) return undefined;
  return blocking(
    `Flux does not apply ${strangers.map(({ name }) => secretObject(component, name)).join(', ')}: a commit would never reach it.`,
    `Add its manifest, encrypted, to a Kustomization that Flux applies, without kustomize.toolkit.fluxcd.io/reconcile: disabled; or give the component "${component.name}" the source kubernetes.`,
  );
};

export const fluxIsNotSuspended: Rule = ({ gitops }) => {
  const suspended = fluxObjects(gitops).filter(({ state }) => state?.suspended === true);
  if (suspended.length === 0) return undefined;
  return blocking(
    `${suspended.map(({ kind, name }) => `${kind} ${name}`).join(' and ')} is suspended: a commit would not reach the cluster.`,
    suspended
      .map(({ kind, name }) => {
        const [namespace, own] = name.split('/');
        return `flux resume ${kind === 'Kustomization' ? 'kustomization' : 'source git'} ${own ?? ''} -n ${namespace ?? ''}`;
      })
      .join(' && '),
  );
};

export const fluxFollowsTheBranch: Rule = ({ component, gitops }) => {
  const branch = component.gitops?.branch ?? '';
  const others = fluxObjects(gitops).flatMap((one) =>
    one.kind === 'GitRepository' && one.state !== undefined && one.state.branch !== branch
      ? [
          `GitRepository ${one.name} follows ${one.state.branch === undefined ? 'no branch' : `branch ${one.state.branch}`}`,
        ]
      : [],
  );
  if (others.length === 0) return undefined;
  return blocking(
    `${others.join(' and ')}, and the rotation would push to branch ${branch}.`,
    'Set "branch" of the component\'s source to the branch that Flux follows.',
  );
};

export const fluxIsThere: Rule = ({ gitops }) => {
  const absent = fluxObjects(gitops).filter(({ state }) => state === undefined);
  if (absent.length === 0) return undefined;
  return blocking(
    `${absent.map(({ kind, name }) => `${kind} ${name}`).join(' and ')} does not exist.`,
    'Correct "flux" of the component\'s source; without it, the labels of the live Secret tell.',
  );
};

export const fluxWorks: Rule = ({ gitops }) => {
  const failing = fluxObjects(gitops).flatMap(({ kind, name, state }) => {
    const problem = state === undefined ? undefined : standingProblem(state);
    return problem === undefined ? [] : [{ kind, name, problem }];
  });
  if (failing.length === 0) return undefined;
  return warning(
    `${failing.map(({ kind, name, problem }) => `${kind} ${name} fails (${problem})`).join(' and ')}: it may not apply the commit either, and the rotation would be undone.`,
    'Mend that first: "flux get all -A --status-selector ready=false" shows it.',
  );
};

function fluxObjects(gitops: GitOpsFacts | undefined): readonly GitOpsFacts['flux'][number][] {
  return gitops?.flux ?? [];
}

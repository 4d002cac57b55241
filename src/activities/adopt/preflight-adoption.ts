import {
  adoptionNames,
  alternatingSpec,
  describePlan,
  judgeAdoption,
  planAdoption,
  specBefore,
  type AdoptionFacts,
} from '../../domain/adopt/index.ts';
import { toReader } from '../../domain/preflight/index.ts';
import { manifestPatch, roleSecretManifests } from '../../domain/adopt/patch.ts';
import type { DeclaredRoles } from '../../kubernetes/role-specs.ts';
import type { Dependencies } from '../dependencies.ts';
import type { AdoptionInput, AdoptionPreflight } from '../types/index.ts';
import { tellMissingRights } from '../gather/missing-rights.ts';
import { carriedPoolers } from '../steps/preflight.ts';
import { gatherAdoptionFacts, rightsOfAdoption } from './gather-adoption-facts.ts';

/** Running it twice is safe: it only reads. */
export async function preflightAdoption(deps: Dependencies, input: AdoptionInput): Promise<AdoptionPreflight> {
  const component = deps.findComponent(input.component);
  const { facts, situation, declared, interrupted } = await tellMissingRights(
    deps,
    component,
    gatherAdoptionFacts(deps, component, input),
    rightsOfAdoption(component, input.direction, adoptionNames(component, input.ownerSecret)),
  );
  const { names, direction } = facts;
  const preflight = situation.facts;
  const plan = planAdoption(facts);
  const workloads = [...preflight.workloads, ...preflight.podOwners].map((one) =>
    toReader(component, preflight.oldPodsLogIn, one),
  );
  const { kubernetes } = preflight.rehearsal;
  return {
    ...('uid' in kubernetes && { kubernetes }),
    component: { ...component, strategy: 'alternating' },
    catalogueStrategy: component.strategy,
    names,
    findings: judgeAdoption(facts),
    secrets: situation.changing,
    changes: preflight.plan,
    passwordAt: preflight.passwordAt,
    workloads,
    ...carriedPoolers(preflight),
    turn: plan.turn,
    ...(interrupted !== undefined && { interrupted }),
    done: plan.done,
    plan: describePlan(plan, {
      direction,
      names,
      workloads: workloads.map(({ kind, name }) => `${kind} ${name}`),
      inGit: component.gitops !== undefined,
      interrupted,
      hook: component.hook,
    }),
    patch: declared === undefined ? '' : patchOf(facts, declared),
    manifests: direction === 'adopt' ? roleSecretManifests(component, names) : '',
  };
}

function patchOf({ component, names, direction, record }: AdoptionFacts, declared: DeclaredRoles): string {
  const { bootstrap, facts } = declared;
  const before = facts.spec;
  const patch = { component, names, bootstrap, before };
  if (direction === 'adopt') {
    const strategy = { before: 'in-place', after: 'alternating' } as const;
    return manifestPatch({ ...patch, after: alternatingSpec(before, names), strategy });
  }
  const after = record === undefined ? before : specBefore(before, names, record);
  return manifestPatch({ ...patch, after, strategy: { before: 'alternating', after: 'in-place' } });
}

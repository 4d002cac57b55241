import type { Component } from '../../domain/component.ts';
import type {
  GitOpsFacts,
  RehearsalFacts,
  RoleSecretFacts,
  SurroundingsFacts,
  TurnFacts,
  WorkloadFacts,
} from '../../domain/preflight/index.ts';
import type { WorkloadList } from '../../kubernetes/listed-workloads.ts';
import type { Dependencies } from '../dependencies.ts';
import { readApiObjects, type ApiObjects } from './api-objects.ts';
import { currentLogin, type CurrentLogin } from './current-login.ts';
import { findSecrets, type FoundSecrets } from './find-secrets.ts';
import { gatherGitOpsFacts } from './gitops-facts.ts';
import { orUnknown } from './look-up.ts';
import { readSecretsOfOtherRoles } from './other-roles.ts';
import { rehearse, tryLogins, type TriedLogins } from './rehearse.ts';
import { lookAround } from './surroundings.ts';
import { readTurnFacts } from './turn-facts.ts';

/** The world of a component, read once: what preflight, diagnosis and adoption judge. */
export interface Situation extends ApiObjects {
  readonly component: Component;
  /** Undefined where the component's own Secret does not exist. */
  readonly login: CurrentLogin | undefined;
  readonly found: FoundSecrets;
  /** Every Secret that changes with the password, the one that CNPG reads first. */
  readonly changing: readonly string[];
  /** The workloads that read any of them. */
  readonly readers: readonly WorkloadFacts[];
  readonly secretsOfOtherRoles: readonly RoleSecretFacts[];
  readonly surroundings: SurroundingsFacts;
  readonly tried: TriedLogins;
  readonly turns: TurnFacts | undefined;
  readonly gitops: GitOpsFacts | undefined;
  readonly rehearsal: RehearsalFacts;
  readonly now: Date;
}

/** What a look takes instead of its own. */
interface Given {
  readonly objects?: ApiObjects;
  /** Who is to log in afterwards; default: the role whose turn it is. */
  readonly nextRole?: string;
}

/** Changes nothing. What need not be readable may be refused or fail, and is then unknown. */
export async function readSituation(all: Dependencies, component: Component, given: Given = {}): Promise<Situation> {
  const { objects = await readApiObjects(all, component), nextRole } = given;
  const deps: Dependencies = {
    ...all,
    login: (...login) => all.login(login[0], login[1], objects),
    actingRoles: (...look) => all.actingRoles(look[0], look[1], look[2], objects),
  };
  const { cluster, main, secrets, workloads } = objects;
  const login = main && currentLogin(main, component);
  const renames = nextRole === undefined ? component.strategy === 'alternating' : nextRole !== login?.role;
  const found = await findSecrets(deps, component, objects, login, renames);
  const changing = [component.secret, ...('found' in found.companions ? found.companions.found : []).map(nameOf)];
  const current = found.kind === 'found' ? found.current : undefined;
  const [readers, secretsOfOtherRoles, surroundings, tried, turns, gitops] = await Promise.all([
    findReaders(workloads, changing),
    readSecretsOfOtherRoles(component, objects),
    lookAround(deps, component, cluster),
    tryLogins(deps, component, cluster && current),
    readTurnFacts(deps, component, objects, login, cluster && current),
    gatherGitOpsFacts(deps, component, { secrets, found, nextRole }),
  ]);
  const question = { component, cluster, secrets: changing, workloads: readers, gitops };
  const rehearsal = await rehearse(deps, question, tried);
  return {
    ...objects,
    component,
    login,
    found,
    changing,
    readers,
    secretsOfOtherRoles,
    surroundings,
    tried,
    turns,
    gitops,
    rehearsal,
    now: deps.now(),
  };
}

async function findReaders(workloads: WorkloadList, secrets: readonly string[]): Promise<readonly WorkloadFacts[]> {
  return Promise.all(
    workloads.reading(secrets).map(async (workload) => {
      const startedAt = await orUnknown(workloads.oldestPodStartedAt(workload));
      return startedAt instanceof Date ? { ...workload, oldestPodStartedAt: startedAt.toISOString() } : workload;
    }),
  );
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

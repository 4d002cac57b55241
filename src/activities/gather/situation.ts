import type { Component } from '../../domain/component.ts';
import type { PreflightFacts } from '../../domain/preflight/index.ts';
import { rolesKnown } from '../../domain/cluster.ts';
import type { Dependencies } from '../dependencies.ts';
import { readApiObjects, type ApiObjects } from './api-objects.ts';
import { identifyClients } from './clients.ts';
import { changeOf } from './companions.ts';
import { findUsers } from './consumers.ts';
import { currentLogin } from './current-login.ts';
import { findSecrets } from './find-secrets.ts';
import { gatherGitOpsFacts } from './gitops-facts.ts';
import { readSecretsOfOtherRoles } from './other-roles.ts';
import { readPoolers } from './poolers.ts';
import { findReloaders, viewsOfReloaders } from './reloaders.ts';
import { rehearse, tryLogins } from './rehearse.ts';
import { toSecretFacts } from './secret-facts.ts';
import { lookAround } from './surroundings.ts';
import { readTurnFacts } from './turn-facts.ts';

/** The world of a component, read once: what preflight, diagnosis and adoption judge. */
export interface Situation {
  /** The facts that may be reported: names, versions and times, without any Secret's text. */
  readonly facts: PreflightFacts;
  /** Every Secret that changes with the password. The Secret that CNPG reads comes first. */
  readonly changing: readonly string[];
}

/**
 * Changes nothing. A read that a rotation does not need may be refused or fail; its fact is then unknown.
 * @param given.nextRole the role that logs in after the rotation; default: the role whose turn it is.
 * @param given.rotation the rotation that asks: what its own commit has changed in Git is no problem.
 */
export async function readSituation(
  all: Dependencies,
  component: Component,
  given: { readonly objects?: ApiObjects; readonly nextRole?: string; readonly rotation?: string | undefined } = {},
): Promise<Situation> {
  const { objects = await readApiObjects(all, component), nextRole, rotation } = given;
  const deps: Dependencies = {
    ...all,
    login: (...login) => all.login(login[0], login[1], objects),
    sessions: (...look) => all.sessions(look[0], look[1], look[2], objects),
    loginThrough: (...login) => all.loginThrough(login[0], login[1], login[2], objects),
    actingRoles: (...look) => all.actingRoles(look[0], look[1], look[2], objects),
    heldByLogins: (...look) => all.heldByLogins(look[0], look[1], objects),
  };
  const { cluster, main, secrets } = objects;
  const login = main && currentLogin(main, component);
  const renames = nextRole === undefined ? component.strategy === 'alternating' : nextRole !== login?.role;
  const found = await findSecrets(deps, component, objects, login, renames);
  const { companions, current, plan, passwordAt, passwordWeakness } = found;
  const changing = [component.secret, ...('found' in companions ? companions.found.map(({ name }) => name) : [])];
  const reloaders = findReloaders(deps);
  const views = viewsOfReloaders(deps, component, changing, { secrets, reloaders });
  const [{ workloads, ...consumers }, secretsOfOtherRoles, surroundings, tried, turns, gitops] = await Promise.all([
    views.then((seen) => findUsers(deps, component, { objects, secrets: changing, found, renames, views: seen })),
    readSecretsOfOtherRoles(component, objects),
    lookAround(deps, component, cluster, reloaders),
    tryLogins(deps, component, cluster && current),
    readTurnFacts(deps, component, objects, login, cluster && current),
    gatherGitOpsFacts(deps, component, { secrets, found, nextRole, rotation }),
  ]);
  const [clients, rehearsal] = await Promise.all([
    identifyClients(deps, component, tried.sessions ?? 'unknown', [...workloads, ...consumers.consumers]),
    rehearse(
      deps,
      {
        component,
        cluster,
        secrets: changing,
        copies: plan.copies,
        workloads: [...workloads, ...consumers.podOwners],
        oldPodsLogIn: renames,
        gitops,
      },
      tried,
    ),
  ]);
  const poolers = await readPoolers(deps, component, objects, found, { clients, login: tried.login });
  const facts = {
    component,
    source: component.gitops === undefined ? ('kubernetes' as const) : ('gitops' as const),
    gitops,
    cluster,
    secret: main && toSecretFacts(main, rolesKnown(component, cluster), changeOf(component, found)),
    companions,
    plan,
    passwordUnknown: found.kind === 'password unknown',
    passwordAt,
    passwordWeakness,
    oldPodsLogIn: renames,
    workloads,
    ...consumers,
    secretsOfOtherRoles,
    surroundings,
    turns,
    login: tried.login,
    clients,
    poolers,
    roleAttributes: tried.roleAttributes,
    actsAs: tried.actsAs,
    rehearsal,
    now: deps.now(),
  };
  return { facts, changing };
}

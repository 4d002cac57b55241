import { objectName, type Component } from '../component.ts';
import type { RuleName } from '../failures.ts';
import { blocking, warning } from '../finding.ts';
import { stagingSecretName } from '../marks.ts';
import { describeRights, refuseNameless } from '../preflight/index.ts';
import { grant } from '../preflight/rehearsal-rules.ts';
import { clusterName } from '../preflight/rule.ts';
import { hbaProblem } from './hba.ts';
import * as name from './name-rules.ts';
import { describeSecret } from './names.ts';
import { objectsToChange, type ChangedObject } from './objects.ts';
import * as owner from './owner-rules.ts';
import type { AdoptionRule } from './rule.ts';

/** In the order in which a person would look: the report names the first blocking finding as the cause. */
export const ADOPTION_RULES = {
  'adoption-rights-are-granted': ({ component, direction, missingRights }) => {
    if (missingRights === 'unknown' || missingRights.length === 0) return undefined;
    return blocking(
      `The worker's account lacks rights that ${direction === 'adopt' ? 'an adoption' : 'the undoing of an adoption'} uses: ${describeRights(missingRights).join('; ')}.`,
      grant(component.name, missingRights),
    );
  },

  'names-fit': name.namesFit,
  'source-has-the-username': name.sourceHasTheUsername,
  'component-was-adopted': name.componentWasAdopted,

  'nobody-rotates': ({ component, lockedBy }) => {
    if (lockedBy === undefined) return undefined;
    return blocking(
      `${describeSecret(component, stagingSecretName(component))} is held by workflow ${lockedBy}, which runs or needs attention.`,
      `Wait for its end: "temporal workflow show -w ${lockedBy}". If it needs attention, do what its report says, then delete that Secret.`,
    );
  },

  'operator-must-answer': ({ component, operatorAnswers }) => {
    if (operatorAnswers !== false) return undefined;
    return blocking(
      `CNPG's operator does not answer, so ${clusterName(component)} cannot be changed.`,
      'Look why: "kubectl -n cnpg-system get pods". Then start again.',
    );
  },

  'roles-are-declared-alike': name.rolesAreDeclaredAlike,
  'owner-is-managed': owner.ownerIsManaged,
  'role-secrets-are-free': name.roleSecretsAreFree,
  'role-objects-are-free': name.roleObjectsAreFree,
  'role-secrets-are-ours': name.roleSecretsAreOurs,

  'secrets-name-the-user': ({ direction, component, secretsWithoutUser }) =>
    direction === 'undo' ? undefined : refuseNameless(component, secretsWithoutUser),

  'database-is-read': owner.databaseIsRead,
  'login-roles-are-free': name.loginRolesAreFree,
  'login-roles-are-ours': name.loginRolesAreOurs,
  'login-roles-can-be-released': name.loginRolesCanBeReleased,
  'sessions-keep-the-owner': owner.sessionsKeepTheOwner,
  'owner-is-of-one-database': owner.ownerIsOfOneDatabase,
  'owner-is-unprivileged': owner.ownerIsUnprivileged,
  'owner-acts-as-itself': owner.ownerActsAsItself,
  'nobody-else-logs-in-as-the-owner': owner.nobodyElseLogsInAsTheOwner,
  'nobody-asks-for-the-session-user': owner.nobodyAsksForTheSessionUser,

  'poolers-let-them-in': ({ direction, component, names, poolers }) => {
    if (direction === 'undo' || poolers === 'unknown') return undefined;
    const problems = poolers.flatMap(({ name, pgHba }) => {
      const problem = hbaProblem(pgHba, names, component.database);
      return problem === undefined ? [] : [`${objectName('Pooler', component.namespace, name)}: "${problem}"`];
    });
    if (problems.length === 0) return undefined;
    return blocking(
      `A Pooler has a rule for the role "${component.role}" by name, and none for the login roles: ${problems.join('; ')}.`,
      addRules(component, 'spec.pgbouncer.pg_hba'),
    );
  },

  'poolers-ask-postgres': ({ direction, component, names, poolers }) => {
    const own = poolers === 'unknown' ? [] : poolers.filter(({ ownAuthQuery }) => ownAuthQuery);
    if (direction === 'undo' || own.length === 0) return undefined;
    return blocking(
      `${own.map(({ name }) => objectName('Pooler', component.namespace, name)).join(' and ')} finds passwords by a query of its own (spec.pgbouncer.authQuery), which may know a fixed list of users.`,
      `Leave authQuery and authQuerySecret to CNPG, whose query knows ${names.logins.map(({ role }) => `"${role}"`).join(' and ')} as soon as they exist.`,
    );
  },

  'hba-lets-them-in': ({ direction, component, names, cluster }) => {
    const problem = hbaProblem(cluster?.pgHba ?? [], names, component.database);
    if (direction === 'undo' || problem === undefined) return undefined;
    return blocking(
      `${clusterName(component)} has a rule for the role "${component.role}" by name, and none for the login roles: "${problem}".`,
      addRules(component, 'spec.postgresql.pg_hba'),
    );
  },

  'cluster-is-ours': (facts) => {
    const { component, direction } = facts;
    const applied = objectsToChange(facts).filter(({ fluxKustomization }) => fluxKustomization !== undefined);
    if (applied.length === 0) return undefined;
    const which = applied.map(
      (one) => `${objectOf(component, one)} is applied by Flux (Kustomization ${one.fluxKustomization ?? ''})`,
    );
    const annotate = (value: string): string =>
      applied.map((one) => `"${annotateFlux(component, one)}${value}"`).join(', ');
    // Flux would make a deleted DatabaseRole again. It leaves an annotated one alone that Git no longer has.
    const deletes = direction === 'undo' && applied.some(({ kind }) => kind === 'DatabaseRole');
    const then = deletes ? 'commit the printed patch, start again' : 'start again, commit the printed patch';
    return blocking(
      `${which.join(' and ')}, which would undo what an adoption does to the roles.`,
      `Make Flux leave it alone (${annotate('=disabled')}), ${then}, then give it back (${annotate('-')}).`,
    );
  },

  'cluster-has-no-other-deployer': (facts) => {
    const others = objectsToChange(facts).filter(({ deployer }) => deployer !== undefined);
    if (others.length === 0) return undefined;
    const which = others.map((one) => `${objectOf(facts.component, one)} is deployed by ${one.deployer ?? ''}`);
    return warning(
      `${which.join(' and ')}, which puts its own version back when it runs next.`,
      'Take the printed patch over into its source before that.',
    );
  },

  'owner-has-no-limit': owner.ownerHasNoLimit,
  'login-triggers-are-known': owner.loginTriggersAreKnown,
  'sessions-are-of-the-owner': owner.sessionsAreOfTheOwner,
} as const satisfies Record<RuleName, AdoptionRule>;

function objectOf({ namespace }: Component, { kind, name }: ChangedObject): string {
  return objectName(kind, namespace, name);
}

function annotateFlux({ namespace }: Component, { kind, name }: ChangedObject): string {
  return `kubectl -n ${namespace} annotate ${kind.toLowerCase()} ${name} kustomize.toolkit.fluxcd.io/reconcile`;
}

function addRules(component: Component, where: string): string {
  const { alternating } = component;
  return `Add the same rule for "${alternating.logins[0].role}" and "${alternating.logins[1].role}" to ${where}, or one for "+${alternating.owner}", which is for its members.`;
}

import { alternatingProblems, alternatingSourceProblem, objectName, type Component } from '../component.ts';
import { stagingSecretName } from '../marks.ts';
import { clusterName } from '../preflight/rule.ts';
import type { RuleName } from '../failures.ts';
import { blocking, warning, type Verdict } from '../finding.ts';
import { describeRights, refuseNameless } from '../preflight/index.ts';
import { grant } from '../preflight/rehearsal-rules.ts';
import type { AdoptionFacts, DatabaseFacts } from './facts.ts';
import { hbaProblem } from './hba.ts';
import { describeSecret, roleSecrets } from './names.ts';
import { judgeVersionToAdopt } from '../role-setting.ts';
import { objectsToChange, type ChangedObject } from './objects.ts';
import { planAdoption } from './plan.ts';
import { entryOf, passwordSecretOf, usesDatabaseRoles } from './spec.ts';

/** A rule is named after the state that it wants. It returns a verdict when the state is another. */
type AdoptionRule = (facts: AdoptionFacts) => Verdict | undefined;

/** In the order in which a person would look: the report names the first blocking finding as the cause. */
export const ADOPTION_RULES = {
  'adoption-rights-are-granted': ({ component, direction, missingRights }) => {
    if (missingRights === 'unknown' || missingRights.length === 0) return undefined;
    return blocking(
      `The worker's account lacks rights that ${direction === 'adopt' ? 'an adoption' : 'the undoing of an adoption'} uses: ${describeRights(missingRights).join('; ')}.`,
      grant(component.name, missingRights),
    );
  },

  'names-fit': ({ component, names }) => {
    const problems = [
      ...alternatingProblems(component),
      ...(names.owner === component.role
        ? []
        : [`the owner "${names.owner}" is not the role "${component.role}" that the application logs in as`]),
      ...([
        component.secret,
        ...component.otherSecrets.map(({ name }) => name),
        ...names.logins.map(({ secret }) => secret),
      ].includes(names.ownerSecret)
        ? [`Secret "${names.ownerSecret}" cannot be the owner's: it is the application's or a login role's`]
        : []),
    ];
    if (problems.length === 0) return undefined;
    return blocking(
      `The names of the roles of "${component.name}" cannot serve: ${problems.join('; ')}.`,
      `Give others in the catalogue, under "alternating" of "${component.name}": {roles: [x, y], secrets: [p, q]}.`,
    );
  },

  'source-has-the-username': ({ component }) => {
    const problem = alternatingSourceProblem(component);
    if (problem === undefined) return undefined;
    return blocking(
      `The source of "${component.name}" in the catalogue: ${problem}.`,
      'Let the templates take the user name from a variable beside that of the password, and name it there.',
    );
  },

  'component-was-adopted': ({ direction, component, names, record, roleSecrets: states }) => {
    if (direction === 'adopt' || record !== undefined) return undefined;
    // Who may not read the Secret knows nothing of its note. Another rule names the missing right.
    if (states[names.ownerSecret] === 'unknown') return undefined;
    return blocking(
      `"${component.name}" was not adopted by cnpg-rotate: ${describeSecret(component, names.ownerSecret)} with its note of how the Cluster was before is not there.`,
      "Give the name of the owner's Secret by --owner-secret if it had another one. Roles that were declared by hand are taken back by hand.",
    );
  },

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

  'roles-are-declared-alike': ({ component, names, cluster }) => {
    if (cluster === undefined) return undefined;
    const { roles, databaseRoles = [] } = cluster.spec;
    const byObjects = usesDatabaseRoles(cluster.spec, names);
    const all = new Set(roleSecrets(names).map(({ role }) => role));
    const others = byObjects
      ? roles.filter(({ name }) => all.has(name)).map(({ name }) => `spec.managed.roles ("${name}")`)
      : databaseRoles
          .filter(({ spec }) => all.has(spec.name))
          .map((one) => `DatabaseRole ${one.object} ("${one.spec.name}")`);
    if (others.length === 0) return undefined;
    const place = byObjects ? 'a DatabaseRole' : 'spec.managed.roles';
    return blocking(
      `${others.join(' and ')} of ${clusterName(component)} declares a role of the adoption, which declares all three by ${place}.`,
      `Declare the role by ${place}, as the owner "${names.owner}" is, or take the declaration away (with databaseRoleReclaimPolicy: retain, the default, a DatabaseRole leaves its role in PostgreSQL).`,
    );
  },

  'owner-is-managed': ({ component, names, cluster }) => {
    if (cluster === undefined) return undefined;
    const { spec } = cluster;
    if (passwordSecretOf(entryOf(spec, names.owner)) !== undefined || spec.bootstrap !== undefined) return undefined;
    return blocking(
      `${clusterName(component)} does not set the password of the owner "${names.owner}": no DatabaseRole and no entry of spec.managed.roles gives it a passwordSecret, and it is not the owner by bootstrap.`,
      'An adoption starts from a role whose password CNPG sets from a Secret: declare it there first.',
    );
  },

  'role-secrets-are-free': ({ direction, component, names, roleSecrets: states }) => {
    const taken = roleSecrets(names).filter(({ secret }) => states[secret] === 'foreign');
    if (direction === 'undo' || taken.length === 0) return undefined;
    return blocking(
      `${taken.map(({ secret }) => describeSecret(component, secret)).join(' and ')} exists already and is not of an adoption of "${component.name}".`,
      `Choose other names ("alternating.secrets" in the catalogue, --owner-secret), or delete it if nothing reads it.`,
    );
  },

  'role-secrets-are-ours': (facts) => {
    const { component, names, roleSecrets: states } = facts;
    const applied = roleSecrets(names).filter(({ secret }) => states[secret] === 'applied by Flux');
    if (applied.length === 0 || planAdoption(facts).done) return undefined;
    const listed = applied.map(({ secret }) => secret).join(' ');
    return blocking(
      `${applied.map(({ secret }) => describeSecret(component, secret)).join(' and ')} is applied by Flux, which would undo what an adoption does to it.`,
      `Make Flux leave it alone ("kubectl -n ${component.namespace} annotate secret ${listed} kustomize.toolkit.fluxcd.io/reconcile=disabled"), then take its manifest out of the repository.`,
    );
  },

  'secrets-name-the-user': ({ direction, component, secretsWithoutUser }) =>
    direction === 'undo' ? undefined : refuseNameless(component, secretsWithoutUser),

  'database-is-read': ({ component, database }) => {
    if (!('unread' in database)) return undefined;
    return blocking(
      `What the role "${component.role}" owns could not be read in PostgreSQL: ${database.unread}`,
      'The adoption runs psql in the pod of the primary: give the account pods/exec (deploy/rbac.yaml).',
    );
  },

  'login-roles-are-free': onDatabase(({ roles }, { direction, component, names, cluster }) => {
    if (direction === 'undo') return undefined;
    const isDeclared = (name: string): boolean => cluster !== undefined && entryOf(cluster.spec, name) !== undefined;
    const taken = roles.filter(
      ({ name, owns, memberOf }) =>
        names.logins.some(({ role }) => role === name) &&
        (!isDeclared(name) || owns > 0 || memberOf.some((group) => group !== names.owner)),
    );
    if (taken.length === 0) return undefined;
    const what = taken.map(({ name, owns, memberOf }) => {
      const others = memberOf.filter((group) => group !== names.owner);
      const traits = [
        ...(isDeclared(name) ? [] : ['not in spec.managed.roles']),
        ...(owns > 0 ? [`owns ${owns} objects`] : []),
        ...(others.length > 0 ? [`is a member of ${others.join(', ')}`] : []),
      ];
      return `"${name}" (${traits.join(', ')})`;
    });
    return blocking(
      `PostgreSQL of ${clusterName(component)} has a role of that name already: ${what.join(' and ')}.`,
      `Choose other names ("alternating.roles" of "${component.name}" in the catalogue), or drop it if nobody uses it.`,
    );
  }),

  // A component that has its login roles already is judged by the rule of that name in preflight.
  'sessions-keep-the-owner': onDatabase((seen, { direction, component, activeRole }) =>
    direction === 'undo' || activeRole !== component.role ? undefined : judgeVersionToAdopt(component, seen),
  ),

  'owner-is-of-one-database': onDatabase(({ ownedIn, sessions }, { direction, component }) => {
    const owned = ownedIn.filter(({ database }) => database !== component.database);
    const used = sessions.filter(({ database }) => database !== component.database);
    if (direction === 'undo' || (owned.length === 0 && used.length === 0)) return undefined;
    const what = [
      ...owned.map(({ database, objects }) => `${objects} objects in "${database}"`),
      ...used.map(({ database, sessions: count }) => `${count} sessions in "${database}"`),
    ];
    return blocking(
      `The role "${component.role}" is not of the database "${component.database}" alone: it has ${what.join(', ')}. Whoever uses it there would be locked out.`,
      'Give each database an owner of its own (REASSIGN OWNED there), or stay in place.',
    );
  }),

  'owner-is-unprivileged': onDatabase(({ roles }, { direction, component }) => {
    const owner = roles.find(({ name }) => name === component.role);
    const traits = [owner?.superuser === true ? 'SUPERUSER' : '', owner?.replication === true ? 'REPLICATION' : ''];
    const held = traits.filter((trait) => trait !== '');
    if (direction === 'undo' || held.length === 0) return undefined;
    return blocking(
      `The role "${component.role}" has ${held.join(' and ')}, which no membership passes on: the login roles would lack it.`,
      `Take it from the role where ${clusterName(component)} declares it, or stay in place.`,
    );
  }),

  'nobody-else-logs-in-as-the-owner': onDatabase(({ cronJobsThatLogIn, mappingsAsOwner }, { direction, component }) => {
    const who = [
      ...(cronJobsThatLogIn > 0 ? [`${cronJobsThatLogIn} jobs of pg_cron`] : []),
      ...mappingsAsOwner.map((server) => `the user mapping of foreign server "${server}"`),
    ];
    if (direction === 'undo' || who.length === 0) return undefined;
    return blocking(
      `An extension logs in as "${component.role}" by itself: ${who.join(', ')}. It would be refused once the application has left the role.`,
      'For pg_cron set cron.use_background_workers = on; give a user mapping a role of its own. Or stay in place.',
    );
  }),

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

  'nobody-asks-for-the-session-user': onDatabase(({ sessionUserIn }, { direction, component, names }) => {
    if (direction === 'undo' || sessionUserIn.length === 0) return undefined;
    return warning(
      `session_user is asked for in ${sessionUserIn.join(', ')} of database "${component.database}": it will be "${names.logins[0].role}" or "${names.logins[1].role}", no longer "${component.role}".`,
      'Ask for current_user instead, which stays the owner.',
    );
  }),
} as const satisfies Record<RuleName, AdoptionRule>;

/** A rule on the facts of PostgreSQL; it returns nothing where they could not be read. */
function onDatabase(judge: (database: DatabaseFacts, facts: AdoptionFacts) => Verdict | undefined): AdoptionRule {
  return (facts) => ('unread' in facts.database ? undefined : judge(facts.database, facts));
}

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

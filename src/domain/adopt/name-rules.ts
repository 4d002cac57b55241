import { alternatingProblems, alternatingSourceProblem } from '../alternating-names.ts';
import type { LoginRole } from '../component.ts';
import { blocking } from '../finding.ts';
import { psqlCommand } from '../ownership.ts';
import { clusterName } from '../preflight/rule.ts';
import { identifier } from '../text/sql.ts';
import type { AdoptionFacts } from './facts.ts';
import { describeSecret, roleSecrets } from './names.ts';
import { whyForeign } from './ours.ts';
import { planAdoption } from './plan.ts';
import { onDatabase, type AdoptionRule } from './rule.ts';
import { entryOf, isSame, usesDatabaseRoles } from './spec.ts';

/* Rules about the names that an adoption writes, and about what already has such a name. */

export const namesFit: AdoptionRule = ({ component, names }) => {
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
};

export const sourceHasTheUsername: AdoptionRule = ({ component }) => {
  const problem = alternatingSourceProblem(component);
  if (problem === undefined) return undefined;
  return blocking(
    `The source of "${component.name}" in the catalogue: ${problem}.`,
    'Let the templates take the user name from a variable beside that of the password, and name it there.',
  );
};

export const componentWasAdopted: AdoptionRule = ({
  direction,
  component,
  names,
  record,
  cluster,
  activeRole,
  roleSecrets: states,
}) => {
  const owners = describeSecret(component, names.ownerSecret);
  // Who may not read the Secret knows nothing of its note. Another rule names the missing right.
  if (record === undefined && states[names.ownerSecret] === 'unknown') return undefined;
  const isLeft =
    activeRole !== names.owner ||
    names.logins.some(({ role }) => cluster !== undefined && entryOf(cluster.spec, role) !== undefined);
  // An undoing takes the note away last, so an undoing that is started again after its end has nothing to do.
  if (direction === 'undo' && record === undefined && isLeft) {
    return blocking(
      `"${component.name}" was not adopted by cnpg-rotate: ${owners} with its note of how the Cluster was before is not there.`,
      "Give the name of the owner's Secret by --owner-secret if it had another one. Roles that were declared by hand are taken back by hand.",
    );
  }
  if (direction === 'undo' && states[names.ownerSecret] === 'foreign') {
    return blocking(
      `${owners} is not of an adoption of "${component.name}", so its note says how another Cluster was.`,
      "Give the name of the owner's Secret of this component by --owner-secret.",
    );
  }
  const roles = names.logins.map(({ role }) => role);
  if (record?.roles === undefined || isSame(record.roles, roles)) return undefined;
  return blocking(
    `"${component.name}" was adopted with the login roles ${quoted(record.roles)}, as the note on ${owners} says, and the catalogue now has ${quoted(roles)}.`,
    `Put these names back in the catalogue ("alternating.roles" of "${component.name}"). For other names undo the adoption first.`,
  );
};

export const rolesAreDeclaredAlike: AdoptionRule = ({ component, names, cluster }) => {
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
};

/** A new DatabaseRole gets the name of its role's Secret. */
export const roleObjectsAreFree: AdoptionRule = ({ direction, component, names, cluster }) => {
  if (direction === 'undo' || cluster === undefined || !usesDatabaseRoles(cluster.spec, names)) return undefined;
  const { databaseRoles = [] } = cluster.spec;
  const others = [
    ...(cluster.otherDatabaseRoles ?? []),
    ...databaseRoles.flatMap(({ object, spec }) => (names.logins.some(({ role }) => role === spec.name) ? [] : object)),
  ];
  const taken = names.logins.filter(
    ({ role, secret }) => entryOf(cluster.spec, role) === undefined && others.includes(secret),
  );
  if (taken.length === 0) return undefined;
  return blocking(
    `${taken.map(({ secret }) => `DatabaseRole ${component.namespace}/${secret}`).join(' and ')} exists already and declares another role. A login role's DatabaseRole has the name of its Secret.`,
    `Choose other names ("alternating.secrets" of "${component.name}" in the catalogue).`,
  );
};

export const roleSecretsAreFree: AdoptionRule = ({ direction, component, names, roleSecrets: states }) => {
  const taken = roleSecrets(names).filter(({ secret }) => states[secret] === 'foreign');
  if (direction === 'undo' || taken.length === 0) return undefined;
  return blocking(
    `${taken.map(({ secret }) => describeSecret(component, secret)).join(' and ')} exists already and is not of an adoption of "${component.name}".`,
    `Choose other names ("alternating.secrets" in the catalogue, --owner-secret), or delete it if nothing reads it.`,
  );
};

export const roleSecretsAreOurs: AdoptionRule = (facts) => {
  const { component, names, roleSecrets: states } = facts;
  const applied = roleSecrets(names).filter(({ secret }) => states[secret] === 'applied by Flux');
  if (applied.length === 0 || planAdoption(facts).done) return undefined;
  const listed = applied.map(({ secret }) => secret).join(' ');
  return blocking(
    `${applied.map(({ secret }) => describeSecret(component, secret)).join(' and ')} is applied by Flux, which would undo what an adoption does to it.`,
    `Make Flux leave it alone ("kubectl -n ${component.namespace} annotate secret ${listed} kustomize.toolkit.fluxcd.io/reconcile=disabled"), then take its manifest out of the repository.`,
  );
};

export const loginRolesAreFree: AdoptionRule = onDatabase(({ roles }, facts) => {
  const { direction, component, names } = facts;
  if (direction === 'undo') return undefined;
  const taken = describeForeign(facts, ({ role }) => {
    const { owns = 0, memberOf = [] } = roles.find(({ name }) => name === role) ?? {};
    const others = memberOf.filter((group) => group !== names.owner);
    return [
      ...(owns > 0 ? [`owns ${owns} objects`] : []),
      ...(others.length > 0 ? [`is a member of ${others.join(', ')}`] : []),
    ];
  });
  if (taken === undefined) return undefined;
  return blocking(
    `${clusterName(component)} has a role of that name already: ${taken}. A name does not show whose the role is.`,
    `Choose other names ("alternating.roles" of "${component.name}" in the catalogue), or drop it if nobody uses it.`,
  );
});

/** An undoing drops the login roles, so each must be shown to be one. */
export const loginRolesAreOurs: AdoptionRule = (facts) => {
  const { direction, component, record } = facts;
  if (direction === 'adopt' || record === undefined) return undefined;
  const foreign = describeForeign(facts, () => []);
  if (foreign === undefined) return undefined;
  return blocking(
    `${clusterName(component)} has a role that the adoption did not make, and that an undoing would drop: ${foreign}.`,
    `Put the names of the adoption's login roles into the catalogue ("alternating" of "${component.name}"). Where the role is the adoption's, put back what is missing.`,
  );
};

/** PostgreSQL drops a role that no database has anything of. Nobody can take it out of a database that takes no connections. */
export const loginRolesCanBeReleased: AdoptionRule = onDatabase(({ loginsIn }, { direction, component, record }) => {
  const closed = loginsIn.filter(({ connects }) => !connects).map(({ database }) => database);
  if (direction === 'adopt' || record === undefined || closed.length === 0) return undefined;
  return blocking(
    `The login roles own or are granted something in ${quoted(closed)}, which takes no connections. An undoing could not drop them.`,
    `${psqlCommand(
      { component },
      'postgres',
      closed.map((database) => `ALTER DATABASE ${identifier(database)} ALLOW_CONNECTIONS true`),
    )}, or drop the database.`,
  );
});

/** `"litellm_b" (is no member of "litellm")`, for each login role that is somebody else's. */
function describeForeign(facts: AdoptionFacts, more: (login: LoginRole) => readonly string[]): string | undefined {
  const foreign = facts.names.logins
    .map((login) => ({ role: login.role, why: [...whyForeign(facts, login), ...more(login)] }))
    .filter(({ why }) => why.length > 0);
  if (foreign.length === 0) return undefined;
  return foreign.map(({ role, why }) => `"${role}" (${why.join(', ')})`).join(' and ');
}

function quoted(roles: readonly string[]): string {
  return roles.map((role) => `"${role}"`).join(' and ');
}

import { objectName, managedLogins, secretObject, type Component } from '../component.ts';
import { passwordPath, secretOfPath, type ManagedRole } from '../cluster.ts';
import type { Companions } from './facts.ts';
import { clusterName, placeOf, secretName, type Rule } from './rule.ts';
import { blocking, warning, type Verdict } from '../finding.ts';
import { psqlCommand } from '../ownership.ts';
import { identifier, literal } from '../text/sql.ts';
import { usernameText } from './secret-rules.ts';

/* Rules for alternating roles; see docs/alternating.md. They return nothing for the strategy `in-place`. */

/**
 * The application logs in with a role that acts for the component's role: an adoption moved it. A rotation in place would
 * change a role that nobody logs in with.
 */
export const catalogueKnowsTheStrategy: Rule = ({ component, secret, cluster, turns }) => {
  if (turns !== undefined || cluster === undefined || secret?.username === undefined) return undefined;
  const logins = cluster.managedRoles.filter(({ inRoles = [] }) => inRoles.includes(component.role));
  const active = logins.find(({ name }) => name === secret.username && name !== component.role);
  if (active === undefined) return undefined;
  return blocking(
    `The application of "${component.name}" logs in as "${active.name}", which acts for "${component.role}" and takes turns with another role since an adoption. The rotation would be in place, by the catalogue or by --strategy.`,
    `Put "${catalogueLine(component, logins)}" under "${component.name}" in the catalogue. To go back to one role: "cnpg-rotate adopt ${component.name} --undo".`,
  );
};

/**
 * Somebody applied the Cluster's manifest of before the adoption again. CNPG then reads the application's Secret for the
 * owner and finds a login role there. The mends of other rules would lead the application out of its database.
 */
export const clusterKeepsTheAdoption: Rule = ({ component, secret, cluster }) => {
  const { owner, logins } = component.alternating;
  const active = logins.find(({ role }) => role === secret?.username);
  if (cluster === undefined || active === undefined || passwordPath(cluster, active.role) !== undefined)
    return undefined;
  const path = passwordPath(cluster, owner);
  if (path === undefined || secretOfPath(path) !== component.secret) return undefined;
  return blocking(
    `The application of "${component.name}" logs in as "${active.role}", which ${clusterName(component)} no longer declares: the Cluster is as before the adoption. CNPG reads ${secretName(component)} for the owner "${owner}" again, finds another user's name there, and applies no password.`,
    `Put the change of the adoption into the source of the Cluster's manifest ("cnpg-rotate adopt ${component.name} --dry-run" prints it), and declare the roles again with "cnpg-rotate adopt ${component.name}". To go back to one role, do so first, then "cnpg-rotate adopt ${component.name} --undo".`,
  );
};

/** `strategy: alternating`, and the names of the roles where they are not the usual ones. */
function catalogueLine({ alternating }: Component, logins: readonly ManagedRole[]): string {
  const usual = alternating.logins.every(({ role }) => logins.some(({ name }) => name === role));
  if (usual || logins.length !== 2) return 'strategy: alternating';
  const list = (of: (one: ManagedRole) => string): string => logins.map((one) => JSON.stringify(of(one))).join(', ');
  const secrets = list(({ passwordSecret = '' }) => passwordSecret);
  return `strategy: alternating, alternating: {roles: [${list(({ name }) => name)}], secrets: [${secrets}]}`;
}

export const applicationNamesALoginRole: Rule = ({ component, secret, turns }) => {
  if (turns === undefined || !secret?.hasUsername || turns.turn !== undefined) return undefined;
  const roles = component.alternating.logins.map(({ role }) => `"${role}"`).join(' nor ');
  return blocking(
    `${secretName(component)} ${usernameText(secret)}, which is neither ${roles}: the application does not log in with one of the roles that take turns.`,
    `Move it over once with "cnpg-rotate adopt ${component.name}", or rotate it in place.`,
  );
};

export const secretsNameTheUser: Rule = ({ component, turns, companions }) =>
  turns === undefined ? undefined : refuseNameless(component, namelessAmong(companions));

/** The Secrets that hold the password and no user name. */
export function namelessAmong(companions: Companions): readonly string[] {
  return 'found' in companions ? companions.found.filter((one) => one.withoutUser).map(({ name }) => name) : [];
}

/** The readers of such a Secret keep the user name elsewhere, and there it would stay while the password changes. */
export function refuseNameless(component: Component, secrets: readonly string[]): Verdict | undefined {
  if (secrets.length === 0) return undefined;
  return blocking(
    `${secrets.map((name) => secretObject(component, name)).join(' and ')} holds the password without the user's name, which changes with it when roles take turns: who reads it would log in with the new password and the name of before.`,
    'Add a key "username", or a URI, and let the application read the name there; or rotate in place.',
  );
}

export const loginRolesHaveSecrets: Rule = ({ component, turns }) => {
  const bad = turns?.logins.find(({ state }) => state !== 'fine' && state !== 'unknown');
  if (bad === undefined) return undefined;
  return blocking(
    `${objectName('Secret', component.namespace, bad.name)}, from which CNPG is to set the password of role "${bad.role}": ${bad.state}.`,
    `Give it the type kubernetes.io/basic-auth, the label cnpg.io/reload: "true", the "username" ${bad.role} and as "password" the SCRAM-SHA-256 verifier of a password that nobody knows; "cnpg-rotate adopt ${component.name}" does so.`,
  );
};

export const loginRolesAreMembers: Rule = ({ component, cluster, turns }) => {
  if (turns === undefined || cluster === undefined) return undefined;
  const { owner } = component.alternating;
  const stranger = cluster.managedRoles.find(
    ({ name, inRoles = [] }) => managedLogins(component).some(({ role }) => role === name) && !inRoles.includes(owner),
  );
  if (stranger === undefined) return undefined;
  return blocking(
    `${clusterName(component)} manages the role "${stranger.name}" without inRoles: [${owner}], so CNPG revokes its membership in the owner of the tables.`,
    `Set inRoles: [${owner}] for "${stranger.name}" in ${placeOf(stranger)}.`,
  );
};

export const loginRolesActAsTheOwner: Rule = ({ component, cluster, turns }) => {
  if (turns === undefined || turns.roles === 'unknown') return undefined;
  const { roles } = turns;
  const { owner, logins } = component.alternating;
  if (!roles.some(({ name }) => name === owner)) {
    return blocking(
      `PostgreSQL has no role "${owner}", which is to own the tables.`,
      `Name the owner as alternating.owner of "${component.name}" in the catalogue.`,
    );
  }
  const selfish = logins.filter(({ role }) => roles.find(({ name }) => name === role)?.actsAs !== owner);
  if (selfish.length === 0) return undefined;
  return blocking(
    `${selfish.map(({ role }) => `"${role}"`).join(' and ')} acts as itself in database "${component.database}", as after a restore from a dump, which has no settings of roles. What the role creates does not belong to "${owner}", and the other login role cannot use it.`,
    psqlCommand(
      { component, ...(cluster && { primary: cluster.currentPrimary }) },
      component.database,
      actAsTheOwner(
        owner,
        selfish.map(({ role }) => role),
      ),
    ),
  );
};

/**
 * SQL that makes the roles act as the owner. The owner first gets what the roles own: a session that acts as the owner
 * could not use it otherwise.
 */
function actAsTheOwner(owner: string, roles: readonly string[]): readonly string[] {
  return roles.flatMap((role) => [
    `REASSIGN OWNED BY ${identifier(role)} TO ${identifier(owner)}`,
    `ALTER ROLE ${identifier(role)} SET role = ${literal(owner)}`,
  ]);
}

/** Settings that change what is logged, and nothing for the application. */
const OF_THE_LOG = /^(log_|track_|auto_explain\.|pgaudit\.)/;

/** The turn gives the application what the idle role has: settings, groups for SET ROLE, connections. */
export const loginRolesAreAlike: Rule = ({ component, cluster, turns }) => {
  if (turns?.turn === undefined || turns.roles === 'unknown') return undefined;
  const { roles, turn } = turns;
  const active = roles.find(({ name }) => name === turn.active.role);
  const idle = roles.find(({ name }) => name === turn.idle.role);
  if (active === undefined || idle === undefined) return undefined;
  const settings = Object.keys({ ...active.settings, ...idle.settings })
    .filter((name) => active.settings[name] !== idle.settings[name] && !OF_THE_LOG.test(name))
    .sort();
  const groups = active.memberOf.filter((group) => !idle.memberOf.includes(group));
  const isTighter =
    idle.connectionLimit >= 0 && (active.connectionLimit < 0 || idle.connectionLimit < active.connectionLimit);
  const lacks = [
    ...(settings.length > 0 ? [`other settings (${settings.join(', ')})`] : []),
    ...(groups.length > 0 ? [`no membership in ${groups.join(', ')}`] : []),
    ...(isTighter ? [`CONNECTION LIMIT ${idle.connectionLimit}`] : []),
  ];
  if (lacks.length === 0) return undefined;
  const names = [active, idle].map(({ name }) => literal(name)).join(', ');
  const show = psqlCommand({ component, ...(cluster && { primary: cluster.currentPrimary }) }, component.database, [
    `SELECT rolname, datname, setconfig FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase WHERE rolname IN (${names})`,
  ]);
  return blocking(
    `"${idle.name}", with which the application is to log in, is not like "${active.name}": it has ${lacks.join(' and ')}. The application would work otherwise after the turn, or not at all.`,
    [
      ...(settings.length > 0 ? [`Give both roles the same settings (ALTER ROLE … SET). What they have: ${show}`] : []),
      ...(groups.length > 0 || isTighter
        ? [
            `Declare both roles with the same inRoles and connectionLimit, in spec.managed.roles or their DatabaseRoles.`,
          ]
        : []),
    ].join(' '),
  );
};

/** The idle role's password is locked, so the role cannot log in again. A session of it does no harm until it ends. */
export const idleRoleIsIdle: Rule = ({ turns }) => {
  if (turns?.turn === undefined || turns.roles === 'unknown') return undefined;
  const { idle } = turns.turn;
  const sessions = turns.roles.find(({ name }) => name === idle.role)?.sessions ?? 0;
  if (sessions === 0) return undefined;
  return warning(
    `The idle role "${idle.role}" has ${sessions} sessions: somebody kept a connection since its password was locked, or knows a password of it that a rotation changes.`,
    `Find them with: SELECT client_addr, application_name, backend_start FROM pg_stat_activity WHERE usename = ${literal(idle.role)}.`,
  );
};

export const loginSecretsAreWatched: Rule = ({ component, turns }) => {
  const unwatched = turns?.logins.filter(({ state, hasReloadLabel }) => state === 'fine' && !hasReloadLabel) ?? [];
  if (unwatched.length === 0) return undefined;
  const { namespace } = component;
  const names = unwatched.map(({ name }) => name);
  return warning(
    `${names.map((name) => objectName('Secret', namespace, name)).join(' and ')} has no label cnpg.io/reload, so CNPG may notice its change only minutes later.`,
    `kubectl -n ${namespace} label secret ${names.join(' ')} cnpg.io/reload=true`,
  );
};

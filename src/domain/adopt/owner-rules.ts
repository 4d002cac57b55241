import { blocking, warning } from '../finding.ts';
import { psqlCommand } from '../ownership.ts';
import { clusterName } from '../preflight/rule.ts';
import { onDatabase, type AdoptionRule } from './rule.ts';
import { entryOf, passwordSecretOf } from './spec.ts';
import { judgeVersionToAdopt } from '../role-setting.ts';

/* Rules about the owner of the tables, whom the application leaves: what the owner's sessions have and others would lack. */

export const ownerIsManaged: AdoptionRule = ({ component, names, cluster }) => {
  if (cluster === undefined) return undefined;
  const { spec } = cluster;
  if (passwordSecretOf(entryOf(spec, names.owner)) !== undefined || spec.bootstrap !== undefined) return undefined;
  return blocking(
    `${clusterName(component)} does not set the password of the owner "${names.owner}": no DatabaseRole and no entry of spec.managed.roles gives it a passwordSecret, and it is not the owner by bootstrap.`,
    'An adoption starts from a role whose password CNPG sets from a Secret: declare it there first.',
  );
};

export const databaseIsRead: AdoptionRule = ({ component, database }) => {
  if (!('unread' in database)) return undefined;
  return blocking(
    `What the role "${component.role}" owns could not be read in PostgreSQL: ${database.unread.message}`,
    database.unread.type === 'KubernetesForbidden'
      ? 'The adoption runs psql in the pod of the primary: give the account pods/exec ("cnpg-rotate rights --adoption").'
      : `The adoption runs psql in the pod of the primary. Start the adoption again when this answers: ${psqlCommand({ component }, component.database, ['SELECT 1'])}`,
  );
};

export const ownerIsOfOneDatabase: AdoptionRule = onDatabase(({ ownedIn, sessions }, { direction, component }) => {
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
});

export const ownerIsUnprivileged: AdoptionRule = onDatabase(({ roles }, { direction, component }) => {
  const owner = roles.find(({ name }) => name === component.role);
  const traits = [owner?.superuser === true ? 'SUPERUSER' : '', owner?.replication === true ? 'REPLICATION' : ''];
  const held = traits.filter((trait) => trait !== '');
  if (direction === 'undo' || held.length === 0) return undefined;
  return blocking(
    `The role "${component.role}" has ${held.join(' and ')}, which no membership passes on: the login roles would lack it.`,
    `Take it from the role where ${clusterName(component)} declares it, or stay in place.`,
  );
});

export const nobodyElseLogsInAsTheOwner: AdoptionRule = onDatabase(
  ({ cronJobsThatLogIn, mappingsAsOwner, mappingsElsewhere }, { direction, component }) => {
    const who = [
      ...(cronJobsThatLogIn > 0 ? [`${cronJobsThatLogIn} jobs of pg_cron`] : []),
      ...mappingsAsOwner.map((server) => `the user mapping of foreign server "${server}"`),
      ...mappingsElsewhere.map(
        ({ database, server }) => `the user mapping of foreign server "${server}" in database "${database}"`,
      ),
    ];
    if (direction === 'undo' || who.length === 0) return undefined;
    return blocking(
      `An extension logs in as "${component.role}" by itself: ${who.join(', ')}. It would be refused once the application has left the role.`,
      'For pg_cron set cron.use_background_workers = on; give a user mapping a role of its own. Or stay in place.',
    );
  },
);

/** The login roles act as the owner itself, whatever the owner's own sessions act as. */
export const ownerActsAsItself: AdoptionRule = (facts) => {
  const { direction, component, activeRole, actsAs, database } = facts;
  const { role } = component;
  if (direction === 'undo' || activeRole !== role) return undefined;
  const setting = 'unread' in database ? undefined : database.ownerActsAs;
  const acts = setting === undefined || setting.role === 'none' ? actsAs : setting.role;
  if (acts === undefined || acts === role) return undefined;
  const where = setting?.role === acts ? ` (SET role, for ${setting.setFor})` : '';
  return blocking(
    `Sessions of "${role}" act as "${acts}"${where}. The login roles would act as "${role}" itself: what they create would belong to another role than today, and they may lack rights.`,
    `Give "${role}" what "${acts}" owns and may (REASSIGN OWNED, GRANT), and take the setting away (ALTER ROLE … RESET role). Or stay in place.`,
  );
};

/** PostgreSQL counts the connections of the role that logs in. */
export const ownerHasNoLimit: AdoptionRule = onDatabase(({ roles }, { direction, component, cluster }) => {
  const limit = roles.find(({ name }) => name === component.role)?.connectionLimit ?? -1;
  if (direction === 'undo' || limit < 0) return undefined;
  const isDeclared = cluster !== undefined && entryOf(cluster.spec, component.role) !== undefined;
  return warning(
    `"${component.role}" has CONNECTION LIMIT ${limit}. PostgreSQL counts the connections of each login role by itself: ${isDeclared ? `each gets the same limit, so during a turn ${2 * limit} are possible` : 'they get no limit, since nothing declares this one'}.`,
    `After the adoption set connectionLimit of both login roles in ${clusterName(component)}.`,
  );
});

export const loginTriggersAreKnown: AdoptionRule = onDatabase(({ loginTriggers }, { direction, component, names }) => {
  if (direction === 'undo' || loginTriggers.length === 0) return undefined;
  return warning(
    `Event triggers run at each login to database "${component.database}": ${loginTriggers.join(', ')}. They will see "${names.logins[0].role}" or "${names.logins[1].role}" log in, no longer "${component.role}".`,
    'Look whether they ask for the name of the role.',
  );
});

/** PostgreSQL asks whether `current_user` is a member of the role that logged in, and the owner is none. */
export const sessionsAreOfTheOwner: AdoptionRule = onDatabase(({ signallers }, { direction, component, names }) => {
  if (direction === 'undo' || signallers.length === 0) return undefined;
  return warning(
    `These cancel, end or watch sessions, in database "${component.database}": ${signallers.join(', ')}. The sessions will be of "${names.logins[0].role}" or "${names.logins[1].role}", and "${component.role}" may not signal them nor see their queries.`,
    `Give "${component.role}" inRoles: [pg_signal_backend, pg_read_all_stats] in ${clusterName(component)}.`,
  );
});

export const nobodyAsksForTheSessionUser: AdoptionRule = onDatabase(
  ({ sessionUserIn }, { direction, component, names }) => {
    const { name, alternating, database } = component;
    const open = sessionUserIn.filter((one) => alternating.sessionUser?.includes(one.name) !== true);
    if (direction === 'undo' || open.length === 0) return undefined;
    const roles = names.logins.map(({ role }) => `"${role}"`).join(' or ');
    const deciding = open.filter(({ decides }) => decides);
    const listed = (some: typeof open): string => some.map((one) => one.name).join(', ');
    const answers = (some: typeof open): string => some.map((one) => `'${one.name.replaceAll("'", "''")}'`).join(', ');
    if (deciding.length > 0) {
      return blocking(
        `These decide by the role that logged in (session_user), in database "${database}": ${listed(deciding)}. It will be ${roles}, another one after each turn, and no longer "${component.role}".`,
        `Ask for current_user there, which stays "${component.role}". What is right with every role name under alternating of "${name}" in the catalogue: sessionUser: [${answers(deciding)}].`,
      );
    }
    return warning(
      `These keep a record of the role that logged in (session_user), in database "${database}": ${listed(open)}. It will be ${roles}, no longer "${component.role}".`,
      `Keep current_user there, which stays "${component.role}", or accept it: sessionUser: [${answers(open)}] under alternating of "${name}" in the catalogue.`,
    );
  },
);

/** A component that has its login roles already is judged by the rule of that name in preflight. */
export const sessionsKeepTheOwner: AdoptionRule = onDatabase((seen, { direction, component, activeRole }) =>
  direction === 'undo' || activeRole !== component.role ? undefined : judgeVersionToAdopt(component, seen),
);

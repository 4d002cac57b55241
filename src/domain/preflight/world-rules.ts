import { RECENT_BACKUP_HOURS } from '../budgets.ts';
import { SUPERUSER_ROLE } from '../cluster.ts';
import { describeClient } from '../consumers/clients.ts';
import { SUPERUSER } from '../proofs/role-attributes.ts';
import { hasPasswordFixes } from './cnpg-version.ts';
import type { PreflightFacts } from './facts.ts';
import { clusterName, secretName, reloadCommand, type Rule } from './rule.ts';
import { warning } from '../finding.ts';

const HOUR_MS = 3_600_000;

/** Says why the current credential does not work. This is the cause of most failed logins of an application. */
export const currentPasswordWorks: Rule = ({ component, cluster, secret, login, turns }) => {
  if (login !== 'refused' || cluster === undefined || secret === undefined) return undefined;
  const refused = `PostgreSQL refuses the password that ${secretName(component)} holds now`;
  const noWayBack = 'A rotation sets a new one, but could not go back to one that works.';
  if (turns !== undefined) {
    return warning(`${refused} for role "${secret.username}". ${noWayBack}`, reloadCommand(component));
  }
  const { resourceVersion } = secret;
  const applied = cluster.appliedSecretVersions[component.role];
  const complaints = cluster.cannotReconcile[component.role] ?? [];
  if (complaints.length > 0) {
    return warning(
      `${refused}: CNPG cannot reconcile role "${component.role}" (${complaints.join('; ')}). ${noWayBack}`,
      `Mend what it complains of, then: ${reloadCommand(component)}`,
    );
  }
  const why =
    applied === resourceVersion
      ? `although CNPG applied its version ${resourceVersion}: somebody changed the role in PostgreSQL since.`
      : `since CNPG has not applied its version ${resourceVersion} (but ${applied ?? 'none'}).`;
  return warning(`${refused}, ${why} ${noWayBack}`, reloadCommand(component));
};

function whoLogsIn(clients: PreflightFacts['clients']): string {
  if (clients === 'unknown') return 'Who is logged in with it could not be read.';
  const all = clients.clients.map(describeClient);
  return all.length === 0 ? 'Nobody is logged in with it now.' : `Logged in with it: ${all.join('; ')}.`;
}

/** Reads PostgreSQL: somebody may have made the role a superuser by hand, and the Cluster does not show it. */
export const roleIsNoSuperuser: Rule = ({ component, roleAttributes, turns, clients }) => {
  if (roleAttributes?.attributes.includes(SUPERUSER) !== true) return undefined;
  if (roleAttributes.role === SUPERUSER_ROLE) {
    return warning(
      `"${component.name}" logs in as the superuser of ${clusterName(component)}: whoever gets its password owns the whole server. ${whoLogsIn(clients)}`,
      'Give each application a role of its own in spec.managed.roles, and set spec.enableSuperuserAccess: false when nobody uses the superuser any more.',
    );
  }
  return warning(
    `The role "${roleAttributes.role}" of ${clusterName(component)} has the rights of a superuser: whoever gets the application's password owns the whole server.`,
    `Set superuser: false where the Cluster declares "${turns === undefined ? roleAttributes.role : component.alternating.owner}", and grant what the application needs.`,
  );
};

export const operatorAnswers: Rule = ({ component, surroundings }) => {
  if (surroundings.operatorAnswers !== false) return undefined;
  return warning(
    `CNPG's operator does not answer: a change of ${clusterName(component)} fails at its webhook. The password will be set by the emergency ALTER USER.`,
    'kubectl -n cnpg-system rollout restart deployment cnpg-controller-manager, or scale it to 1; "kubectl get deployments -A -l app.kubernetes.io/name=cloudnative-pg" finds it.',
  );
};

/** With alternating roles CNPG has only verifiers. */
export const cnpgHashesPasswords: Rule = ({ surroundings: { cnpgVersion }, turns }) => {
  if (turns !== undefined || hasPasswordFixes(cnpgVersion, true)) return undefined;
  return warning(
    `CNPG ${cnpgVersion} sends the new password to PostgreSQL as plaintext in a statement, which PostgreSQL's log keeps where it fails or log_statement is on, and pg_stat_statements or pgaudit may keep too (CVE-2026-55765).`,
    'Upgrade CNPG to 1.28.4, 1.29.2, 1.30 or later.',
  );
};

export const backupIsRecent: Rule = ({ component, cluster, surroundings: { lastBackupAt }, now }) => {
  if (cluster === undefined || lastBackupAt === 'unknown') return undefined;
  if (lastBackupAt !== 'none' && now.getTime() - Date.parse(lastBackupAt) <= RECENT_BACKUP_HOURS * HOUR_MS) {
    return undefined;
  }
  return warning(
    `${clusterName(component)} has no backup of the last ${RECENT_BACKUP_HOURS} hours (${lastBackupAt === 'none' ? 'none at all' : `the last one ended ${lastBackupAt}`}).`,
    `kubectl cnpg -n ${component.namespace} backup ${component.cluster}`,
  );
};

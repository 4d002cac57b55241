import { CLOCKS_AGREE_MS } from '../budgets.ts';
import { IDENTITY_NAMESPACE } from '../kubernetes-identity.ts';
import type { OrUnknown } from './facts.ts';
import { clusterName, secretName, type Rule } from './rule.ts';
import { blocking, warning } from '../finding.ts';
import { grantingCommand } from '../rights/command.ts';
import { describeRights, type Right } from './rights.ts';

/** The command that grants the missing rights. */
export function grant(component: string, rights: readonly Right[]): string {
  return `Name these objects for component "${component}" in the catalogue where it lacks them, then print and apply its rights: ${grantingCommand(rights)}`;
}

/** The missing rights without which a rotation is impossible. */
function neededAmong(missing: OrUnknown<readonly Right[]>): readonly Right[] {
  return missing === 'unknown' ? [] : missing.filter(({ without }) => without === undefined);
}

export const rightsAreGranted: Rule = ({ component, rehearsal: { missingRights } }) => {
  const missing = neededAmong(missingRights);
  if (missing.length === 0) return undefined;
  return blocking(
    `The worker's account lacks rights that a rotation uses: ${describeRights(missing).join('; ')}.`,
    grant(component.name, missing),
  );
};

export const optionalRightsAreGranted: Rule = ({ component, rehearsal: { missingRights } }) => {
  const missing = missingRights === 'unknown' ? [] : missingRights.filter(({ without }) => without !== undefined);
  if (missing.length === 0) return undefined;
  const losses = [...new Set(missing.map(({ without = '' }) => without))];
  return warning(
    `The worker's account lacks rights that a rotation can do without: ${describeRights(missing).join('; ')}. Without them ${losses.join('; ')}.`,
    grant(component.name, missing),
  );
};

export const rightsAreKnown: Rule = ({ rehearsal: { missingRights } }) => {
  if (missingRights !== 'unknown') return undefined;
  return warning(
    'The API server did not say which rights the worker has. A right that is missing shows when it is used.',
    `Every account may create a SelfSubjectAccessReview by the ClusterRole system:basic-user: look whether its binding is still there ("kubectl get clusterrolebinding system:basic-user").`,
  );
};

/** A worker has to know its Kubernetes cluster, before and after every write. */
export const kubernetesIsKnown: Rule = ({ rehearsal: { kubernetes, missingRights } }) => {
  if ('uid' in kubernetes) return undefined;
  // The rule `rights-are-granted` reports this missing right already.
  const isAsked = ({ resource, namespace }: Right): boolean =>
    resource === 'namespaces' && namespace === IDENTITY_NAMESPACE;
  if (missingRights !== 'unknown' && missingRights.some(isAsked)) return undefined;
  return blocking(
    `Which Kubernetes cluster this is could not be told by the uid of namespace ${IDENTITY_NAMESPACE}: ${kubernetes.message}`,
    'The ClusterRole cnpg-rotator has the right to read it: "cnpg-rotate rights | kubectl apply -f -", with the options that you gave before.',
    kubernetes,
  );
};

export const databaseIsThere: Rule = ({ component, rehearsal: { loginFailure } }) => {
  if (loginFailure?.type !== 'DatabaseAbsent') return undefined;
  return blocking(
    loginFailure.message,
    `Every login is proven on that database. Give the application's database as "database" of component "${component.name}" in the catalogue.`,
  );
};

/** A login that cannot be tried now cannot be tried after the change either. Then only the way back would be left. */
export const currentPasswordCanBeTried: Rule = ({ component, cluster, rehearsal: { loginFailure, missingRights } }) => {
  if (loginFailure === undefined || loginFailure.type === 'DatabaseAbsent') return undefined;
  // The rule `rights-are-granted` reports this missing right already.
  if (loginFailure.type === 'KubernetesForbidden' && neededAmong(missingRights).length > 0) return undefined;
  // Nobody can log in to a hibernated Cluster. Another rule reports the hibernation.
  if (cluster?.hibernated === true) return undefined;
  return blocking(
    `Whether PostgreSQL accepts the password that ${secretName(component)} holds could not be tried, so no new password could be proven: ${loginFailure.message}`,
    loginFailure.type === 'KubernetesForbidden'
      ? 'Grant that right ("cnpg-rotate rights --port-forward | kubectl apply -f -", with the options that you gave before), then start again.'
      : `Look at ${clusterName(component)}: "kubectl cnpg -n ${component.namespace} status ${component.cluster}". A rotation begins when a login can be tried.`,
    loginFailure,
  );
};

/** `verify` needs PostgreSQL to refuse the other password. If PostgreSQL refuses no password, no rotation can end. */
export const wrongPasswordIsRefused: Rule = ({ component, rehearsal }) => {
  const { rolesThatNeedNoPassword: roles, wrongPasswordFailure: failure } = rehearsal;
  if (roles.length > 0) {
    const named = roles.map((role) => `"${role}"`).join(' and ');
    return blocking(
      `PostgreSQL of ${clusterName(component)} accepts any password for ${named} in database "${component.database}": a rule of pg_hba asks for none ("trust", or a certificate or an ident map that lets everybody in).`,
      `Let the rule for ${named} ask for a password (method scram-sha-256) in spec.postgresql.pg_hba of ${clusterName(component)}.`,
    );
  }
  if (failure === undefined) return undefined;
  return blocking(
    `Whether PostgreSQL refuses a wrong password could not be tried, so it could not be proven that it refuses the old one: ${failure.message}`,
    'Look what holds a refusal up: an extension such as auth_delay, or a proxy before PostgreSQL.',
    failure,
  );
};

export const clocksAgree: Rule = ({ component, rehearsal: { clocks }, now }) => {
  const { kubernetes, postgres } = clocks;
  const seen = [
    ['the API server', kubernetes],
    [`PostgreSQL of ${clusterName(component)}`, postgres],
  ] as const;
  const all = [0, ...seen.map(([, ahead]) => ahead ?? 0)];
  if (Math.max(...all) - Math.min(...all) <= CLOCKS_AGREE_MS) return undefined;
  const figures = seen.flatMap(([whose, ahead]) => (ahead === undefined ? [] : [`${whose} ${describeAhead(ahead)}`]));
  return warning(
    `The clocks are apart by more than ${CLOCKS_AGREE_MS / 1_000} s: at ${now.toISOString()} of the worker's, ${figures.join(', ')}. Not to be relied on is what compares them: the count of refused logins, which sessions and which pods are older than a change, until when a role is valid, and how old a backup is.`,
    'Set the clocks by NTP (chrony, systemd-timesyncd) on the machine of the worker and on the nodes.',
  );
};

function describeAhead(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  return seconds === 0 ? 'has the same time' : `is ${seconds} s ${ms > 0 ? 'ahead' : 'behind'}`;
}

export const secretsAreSearched: Rule = ({ component }) => {
  if (component.discover) return undefined;
  return warning(
    `The Secrets of namespace ${component.namespace} are not searched for others that hold the password (discover: false in the catalogue), so only those that the catalogue names change with it.`,
    `Name every such Secret in otherSecrets of component "${component.name}", or remove "discover: false".`,
  );
};

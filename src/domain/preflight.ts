import type { ClusterState } from './cluster.ts';
import { HEALTHY_PHASE } from './cluster.ts';
import type { Component, SecretReader } from './component.ts';
import { objectName } from './component.ts';
import type { FailureType } from './failures.ts';

/** The facts that preflight gathered; reading them changed nothing. */
export interface PreflightFacts {
  readonly component: Component;
  readonly cluster: ClusterState | undefined;
  readonly secret: SecretFacts | undefined;
  readonly workloads: readonly WorkloadFacts[];
}

/** Of the Secret, what can be judged without its password leaving the adapter. */
export interface SecretFacts {
  readonly hasUsername: boolean;
  readonly hasPassword: boolean;
  /** The username, which is no secret. */
  readonly username: string;
  readonly hasReloadLabel: boolean;
}

export interface WorkloadFacts extends SecretReader {
  readonly replicas: number;
  readonly watchedByReloader: boolean;
}

/** One judgement of preflight. `blocking`: the rotation cannot end well, so it does not begin. */
export interface Finding {
  readonly severity: 'blocking' | 'warning';
  readonly type: FailureType;
  /** What is wrong, with which object. */
  readonly message: string;
  /** The command or the change that mends it. */
  readonly mend: string;
}

type Rule = (facts: PreflightFacts) => Finding | undefined;

/** In the order in which a person would look: the first blocking finding is the cause to report. */
const RULES: readonly Rule[] = [
  clusterExists,
  roleIsManaged,
  roleMayLogin,
  clusterIsHealthy,
  secretExists,
  secretIsComplete,
  usernameMatches,
  secretIsWatched,
  workloadsExist,
  workloadsAreWatched,
];

export function judgePreflight(facts: PreflightFacts): readonly Finding[] {
  return RULES.map((rule) => rule(facts)).filter((finding) => finding !== undefined);
}

/** `message Mend: command`: a finding in one line. */
export function describeFinding(finding: Finding): string {
  return `${finding.message} ${finding.mend}`;
}

function clusterExists({ component, cluster }: PreflightFacts): Finding | undefined {
  if (cluster !== undefined) return undefined;
  return blocking(
    'ClusterAbsent',
    `${clusterName(component)} does not exist.`,
    `Check the names with "kubectl get clusters.postgresql.cnpg.io -A" and correct the component "${component.name}" in the catalogue.`,
  );
}

function roleIsManaged({ component, cluster }: PreflightFacts): Finding | undefined {
  if (cluster === undefined) return undefined;
  const role = cluster.managedRoles.find(({ name }) => name === component.role);
  if (role?.passwordSecret === component.secret && role.ensure === 'present') return undefined;
  const expected = `{name: ${component.role}, ensure: present, login: true, passwordSecret: {name: ${component.secret}}}`;
  return blocking(
    'RoleNotManaged',
    role === undefined
      ? `${clusterName(component)} does not manage the role "${component.role}": it is not in spec.managed.roles.`
      : role.ensure === 'absent'
        ? `${clusterName(component)} manages the role "${component.role}" with ensure: absent.`
        : `${clusterName(component)} manages the role "${component.role}" with passwordSecret "${role.passwordSecret ?? '(none)'}", not "${component.secret}".`,
    `CNPG would never apply the new password. Put ${expected} into spec.managed.roles.`,
  );
}

function roleMayLogin({ component, cluster }: PreflightFacts): Finding | undefined {
  const role = cluster?.managedRoles.find(({ name }) => name === component.role);
  if (role === undefined || role.login) return undefined;
  return blocking(
    'RoleCannotLogin',
    `${clusterName(component)} manages the role "${component.role}" without login: true, so CNPG enforces NOLOGIN.`,
    `Set login: true for "${component.role}" in spec.managed.roles.`,
  );
}

function clusterIsHealthy({ component, cluster }: PreflightFacts): Finding | undefined {
  if (cluster === undefined) return undefined;
  const { phase, phaseReason, currentPrimary, targetPrimary } = cluster;
  const look = `Wait until "kubectl -n ${component.namespace} get cluster ${component.cluster}" shows it healthy, then start again.`;
  if (phase !== HEALTHY_PHASE) {
    const why = phaseReason === undefined || phaseReason === '' ? '' : ` (${phaseReason})`;
    return blocking(
      'ClusterNotReady',
      `${clusterName(component)} is not healthy: its phase is "${phase}"${why}.`,
      look,
    );
  }
  if (currentPrimary === undefined || currentPrimary !== targetPrimary) {
    return blocking(
      'ClusterNotReady',
      `${clusterName(component)} is changing its primary from ${currentPrimary ?? 'none'} to ${targetPrimary ?? 'none'}.`,
      look,
    );
  }
  return undefined;
}

function secretExists({ component, secret }: PreflightFacts): Finding | undefined {
  if (secret !== undefined) return undefined;
  return blocking(
    'SecretAbsent',
    `${secretName(component)} does not exist.`,
    `Create it with the keys "username" and "password", type kubernetes.io/basic-auth and the label cnpg.io/reload: "true".`,
  );
}

function secretIsComplete({ component, secret }: PreflightFacts): Finding | undefined {
  if (secret === undefined) return undefined;
  const missing = [secret.hasUsername ? undefined : 'username', secret.hasPassword ? undefined : 'password'].filter(
    (key) => key !== undefined,
  );
  if (missing.length === 0) return undefined;
  return blocking(
    'SecretIncomplete',
    `${secretName(component)} has no ${missing.map((key) => `"${key}"`).join(' and no ')}.`,
    'CNPG reads both "username" and "password" of a managed role\'s Secret: add what is missing.',
  );
}

function usernameMatches({ component, secret }: PreflightFacts): Finding | undefined {
  if (!secret?.hasUsername || secret.username === component.role) return undefined;
  return blocking(
    'UsernameMismatch',
    `${secretName(component)} has the username "${secret.username}", but the managed role is "${component.role}".`,
    'CNPG refuses such a Secret and stops reconciling the whole instance: set "username" to the role\'s name.',
  );
}

function secretIsWatched({ component, secret }: PreflightFacts): Finding | undefined {
  if (secret === undefined || secret.hasReloadLabel) return undefined;
  return warning(
    'PasswordNotApplied',
    `${secretName(component)} has no label cnpg.io/reload, so CNPG may notice its change only minutes later.`,
    `kubectl -n ${component.namespace} label secret ${component.secret} cnpg.io/reload=true`,
  );
}

function workloadsExist({ component, secret, workloads }: PreflightFacts): Finding | undefined {
  if (secret === undefined || workloads.length > 0) return undefined;
  return warning(
    'WorkloadsAbsent',
    `No Deployment, StatefulSet or DaemonSet in namespace ${component.namespace} reads ${secretName(component)}: nothing will be restarted.`,
    'Restart whatever uses the password by hand after the rotation.',
  );
}

function workloadsAreWatched({ component, workloads }: PreflightFacts): Finding | undefined {
  const unwatched = workloads.filter(({ watchedByReloader }) => !watchedByReloader);
  if (unwatched.length === 0) return undefined;
  return warning(
    'RolloutIncomplete',
    `Reloader does not watch ${unwatched.map(({ kind, name }) => objectName(kind, component.namespace, name)).join(', ')}: the rotation restarts it itself.`,
    unwatched
      .map(
        ({ kind, name }) =>
          `kubectl -n ${component.namespace} annotate ${kind.toLowerCase()} ${name} reloader.stakater.com/auto=true`,
      )
      .join(' && '),
  );
}

function clusterName(component: Component): string {
  return objectName('Cluster', component.namespace, component.cluster);
}

function secretName(component: Component): string {
  return objectName('Secret', component.namespace, component.secret);
}

function blocking(type: FailureType, message: string, mend: string): Finding {
  return { severity: 'blocking', type, message, mend };
}

function warning(type: FailureType, message: string, mend: string): Finding {
  return { severity: 'warning', type, message, mend };
}

import type { ClusterState } from '../../domain/cluster.ts';
import type { Component } from '../../domain/component.ts';
import type { PreflightFacts, RoleSecretFacts, SurroundingsFacts } from '../../domain/preflight/index.ts';
import { redactCluster } from '../../domain/text/redact-cluster.ts';
import { placesOfPlan } from '../../domain/secret-plan/index.ts';
import { managedLogins, rolesKnown } from '../../domain/rotation/turn.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { gatherGitOpsFacts } from './gitops-facts.ts';
import { changeOf, findSecrets, type FoundSecrets } from './find-secrets.ts';
import { passwordsIn, passwordsOf } from './known-passwords.ts';
import { orUnknown } from './look-up.ts';
import { rehearse, tryLogins } from './rehearse.ts';
import { judgeRoleSecret, roleIn, toSecretFacts } from './secret-facts.ts';
import { findStaging } from '../staging/staging.ts';
import { readTurnFacts } from './turn-facts.ts';

/**
 * Reads all that preflight judges. The Cluster, the Secret and the workloads must be readable; every other look-up may
 * be refused or fail, and is then unknown.
 */
export async function gatherFacts(
  deps: Dependencies,
  component: Component,
  /** Who is to log in afterwards, where that is not the component's own turn. */
  nextRole?: string,
): Promise<PreflightFacts> {
  const { namespace } = component;
  const [said, secret, staging] = await Promise.all([
    deps.clusters.find(namespace, component.cluster),
    deps.secrets.find(namespace, component.secret),
    orUnknown(findStaging(deps, component)),
  ]);
  const staged = staging === undefined || staging === 'unknown' ? [] : passwordsIn(staging);
  const cluster = said && redactCluster(said, [...passwordsOf(secret), ...staged]);
  const renames = renamesUser(component, secret, nextRole);
  const found = await findSecrets(deps, component, { cluster, main: secret, renames });
  const { current, companions, plan, passwordAt, passwordWeakness } = found;
  const [workloads, secretsOfOtherRoles, surroundings, tried, turns, gitops] = await Promise.all([
    findReaders(deps, component, secretsOf({ component, companions })),
    readSecretsOfOtherRoles(deps, component, cluster),
    lookAround(deps, component, cluster),
    tryLogins(deps, component, cluster === undefined ? undefined : current),
    readTurnFacts(deps, component, cluster, secret, current),
    readGitOpsFacts(deps, component, found, nextRole),
  ]);
  const secrets = secretsOf({ component, companions });
  const rehearsal = await rehearse(deps, { component, cluster, secrets, workloads, gitops }, tried);
  const { login, roleAttributes } = tried;
  return {
    component,
    source: component.gitops === undefined ? 'kubernetes' : 'gitops',
    gitops,
    cluster,
    secret: secret && toSecretFacts(secret, rolesKnown(component, cluster), changeOf(found, secret.name)),
    companions,
    plan,
    passwordUnknown: secret !== undefined && roleIn(secret, component) !== undefined && current === undefined,
    passwordAt,
    passwordWeakness,
    workloads,
    secretsOfOtherRoles,
    surroundings,
    login,
    roleAttributes,
    rehearsal,
    ...turns,
    now: deps.now(),
  };
}

/** Of two login roles the other one takes over; an adoption says by itself who does. */
function renamesUser(component: Component, secret: LiveSecret | undefined, nextRole: string | undefined): boolean {
  const now = secret && roleIn(secret, component);
  return nextRole === undefined ? component.strategy === 'alternating' : nextRole !== now;
}

/** @returns undefined where Kubernetes is the source. */
async function readGitOpsFacts(
  deps: Dependencies,
  component: Component,
  { current, plan }: FoundSecrets,
  nextRole: string | undefined,
) {
  const { gitops: source } = component;
  return source && gatherGitOpsFacts(deps, component, { source, nextRole, current, places: placesOfPlan(plan) });
}

/** The workloads that read any of the Secrets. */
async function findReaders(
  deps: Dependencies,
  { namespace }: Component,
  secrets: readonly string[],
): Promise<PreflightFacts['workloads']> {
  const reading = await deps.workloads.reading(namespace, secrets);
  return Promise.all(
    reading.map(async (workload) => {
      const startedAt = await orUnknown(deps.workloads.oldestPodStartedAt(namespace, workload));
      return startedAt instanceof Date ? { ...workload, oldestPodStartedAt: startedAt.toISOString() } : workload;
    }),
  );
}

/** Every Secret that changes with the password, the one that CNPG reads first. */
export function secretsOf({
  component,
  companions,
}: Pick<PreflightFacts, 'component' | 'companions'>): readonly string[] {
  return [component.secret, ...('found' in companions ? companions.found.map(({ name }) => name) : [])];
}

/** A DatabaseRole is reconciled by itself, so the Secret of another one concerns nobody. */
function readSecretsOfOtherRoles(
  deps: Dependencies,
  component: Component,
  cluster: ClusterState | undefined,
): Promise<readonly RoleSecretFacts[]> {
  const { namespace } = component;
  const own = managedLogins(component);
  const managed = (cluster?.managedRoles ?? [])
    .filter(({ name }) => !own.some(({ role }) => role === name))
    .filter(({ ensure, declaredBy }) => ensure === 'present' && declaredBy === 'managed.roles')
    .flatMap(({ name: role, passwordSecret: secret }) =>
      secret === undefined ? [] : [{ role, secret, readFor: 'managed.roles' as const }],
    );
  const owner = cluster?.applicationOwner;
  const all = [
    ...managed,
    ...(owner === undefined || own.some(({ role, secret }) => owner.role === role && owner.secret === secret)
      ? []
      : [{ role: owner.role, secret: owner.secret, readFor: 'bootstrap' as const }]),
  ];
  return Promise.all(
    all.map(async (one) => {
      const found = await orUnknown(deps.secrets.find(namespace, one.secret));
      return { ...one, state: found === 'unknown' ? found : judgeRoleSecret(found, one.role) };
    }),
  );
}

async function lookAround(
  deps: Dependencies,
  { namespace, cluster: name }: Component,
  cluster: ClusterState | undefined,
): Promise<SurroundingsFacts> {
  const { surroundings } = deps;
  if (cluster === undefined) {
    return { operatorAnswers: 'unknown', cnpgVersion: 'unknown', reloaderFound: 'unknown', lastBackupAt: 'unknown' };
  }
  const [operatorAnswers, cnpgVersion, reloaderFound, lastBackup] = await Promise.all([
    orUnknown(surroundings.operatorAnswers(namespace, name, deps.now())),
    orUnknown(surroundings.cnpgVersion(namespace, name)),
    orUnknown(surroundings.reloaderFound()),
    orUnknown(surroundings.lastBackupAt(namespace, name)),
  ]);
  // The newer of the two: the Cluster's status leaves out the backups of plugins.
  const backups = [cluster.lastSuccessfulBackup, lastBackup === 'unknown' ? undefined : lastBackup];
  const newest = backups
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);
  return {
    operatorAnswers,
    cnpgVersion: cnpgVersion ?? 'unknown',
    reloaderFound,
    lastBackupAt: newest ?? (lastBackup === 'unknown' ? 'unknown' : 'none'),
  };
}

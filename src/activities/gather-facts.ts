import type { ClusterState } from '../domain/cluster.ts';
import type { Component } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { OrUnknown, OtherSecretFacts, PreflightFacts, SurroundingsFacts } from '../domain/preflight/index.ts';
import type { LiveSecret } from '../kubernetes/secrets.ts';
import type { Dependencies } from './dependencies.ts';
import { credentialIn, judgeOtherSecret, toSecretFacts } from './secret-facts.ts';

/**
 * Reads all that preflight judges. The Cluster, the Secret and the workloads must be readable; every other look-up may
 * be refused or fail, and is then unknown.
 */
export async function gatherFacts(deps: Dependencies, component: Component): Promise<PreflightFacts> {
  const { namespace } = component;
  const [cluster, secret, reading] = await Promise.all([
    deps.clusters.find(namespace, component.cluster),
    deps.secrets.find(namespace, component.secret),
    deps.workloads.reading(namespace, [component.secret]),
  ]);
  const [workloads, otherSecrets, surroundings, login] = await Promise.all([
    Promise.all(
      reading.map(async (workload) => {
        const startedAt = await optional(deps.workloads.oldestPodStartedAt(namespace, workload));
        return startedAt instanceof Date ? { ...workload, oldestPodStartedAt: startedAt.toISOString() } : workload;
      }),
    ),
    readOtherSecrets(deps, component, cluster),
    lookAround(deps, component, cluster),
    tryLogin(deps, component, cluster, secret),
  ]);
  return {
    component,
    source: 'kubernetes',
    cluster,
    secret: secret && toSecretFacts(secret, component),
    workloads,
    otherSecrets,
    surroundings,
    login,
    now: deps.now(),
  };
}

/** A DatabaseRole is reconciled by itself, so the Secret of another one concerns nobody. */
function readOtherSecrets(
  deps: Dependencies,
  { namespace, secret: own, role: ownRole }: Component,
  cluster: ClusterState | undefined,
): Promise<readonly OtherSecretFacts[]> {
  const managed = (cluster?.managedRoles ?? [])
    .filter(
      ({ name, ensure, declaredBy }) => name !== ownRole && ensure === 'present' && declaredBy === 'managed.roles',
    )
    .flatMap(({ name: role, passwordSecret: secret }) =>
      secret === undefined ? [] : [{ role, secret, readFor: 'managed.roles' as const }],
    );
  const owner = cluster?.applicationOwner;
  const all = [
    ...managed,
    ...(owner === undefined || (owner.role === ownRole && owner.secret === own)
      ? []
      : [{ role: owner.role, secret: owner.secret, readFor: 'bootstrap' as const }]),
  ];
  return Promise.all(
    all.map(async (one) => {
      const found = await optional(deps.secrets.find(namespace, one.secret));
      return { ...one, state: found === 'unknown' ? found : judgeOtherSecret(found, one.role) };
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
    optional(surroundings.operatorAnswers(namespace, name, deps.now())),
    optional(surroundings.cnpgVersion(namespace, name)),
    optional(surroundings.reloaderFound()),
    optional(surroundings.lastBackupAt(namespace, name)),
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

async function tryLogin(
  deps: Dependencies,
  component: Component,
  cluster: ClusterState | undefined,
  secret: LiveSecret | undefined,
): Promise<PreflightFacts['login']> {
  const credential = secret && credentialIn(secret, component);
  if (cluster === undefined || credential === undefined) return 'unknown';
  const outcome = await optional(deps.login(component, credential));
  if (outcome === 'unknown') return 'unknown';
  return outcome.accepted ? 'accepted' : 'refused';
}

/** What the look-up says, or `unknown` when the cluster did not let it. A defect of ours still comes out. */
async function optional<T>(lookUp: Promise<T>): Promise<OrUnknown<T>> {
  try {
    return await lookUp;
  } catch (error) {
    if (error instanceof RotationError) return 'unknown';
    throw error;
  }
}

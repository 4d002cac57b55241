import type { ClusterState } from '../domain/cluster.ts';
import type { Component } from '../domain/component.ts';
import { RotationError, type FailureType } from '../domain/failures.ts';
import type { Credential } from '../domain/password.ts';
import type {
  CompanionFacts,
  Companions,
  OrUnknown,
  PreflightFacts,
  RoleSecretFacts,
  SurroundingsFacts,
} from '../domain/preflight/index.ts';
import { redactCluster } from '../domain/redact-cluster.ts';
import { managedLogins, rolesKnown } from '../domain/turn.ts';
import type { LiveSecret } from '../kubernetes/secrets.ts';
import type { Dependencies } from './dependencies.ts';
import { gatherGitOpsFacts } from './gitops-facts.ts';
import { findSecrets } from './find-secrets.ts';
import { passwordsIn, passwordsOf } from './known-passwords.ts';
import { findStaging } from './staging.ts';
import { credentialIn, judgeRoleSecret, toCompanionFacts, toSecretFacts } from './secret-facts.ts';
import { readTurnFacts } from './turn-facts.ts';

/** Judgements of `findSecrets` on a Secret that the catalogue names. */
const NAMED_IN_VAIN: ReadonlySet<FailureType> = new Set(['SecretAbsent', 'SecretIncomplete']);

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
    optional(findStaging(deps, component)),
  ]);
  const staged = staging === undefined || staging === 'unknown' ? [] : passwordsIn(staging);
  const cluster = said && redactCluster(said, [...passwordsOf(secret), ...staged]);
  const readers = findReaders(deps, component, secret);
  const [{ companions, workloads }, secretsOfOtherRoles, surroundings, login, turns, gitops] = await Promise.all([
    readers,
    readSecretsOfOtherRoles(deps, component, cluster),
    lookAround(deps, component, cluster),
    tryLogin(deps, component, cluster, secret),
    readTurnFacts(deps, component, cluster, secret),
    readers.then((found) => readGitOpsFacts(deps, component, found, nextRole)),
  ]);
  return {
    component,
    source: component.gitops === undefined ? 'kubernetes' : 'gitops',
    ...(gitops !== undefined && { gitops }),
    cluster,
    secret: secret && toSecretFacts(secret, component, rolesKnown(component, cluster)),
    companions,
    workloads,
    secretsOfOtherRoles,
    surroundings,
    ...login,
    ...turns,
    now: deps.now(),
  };
}

/** @returns undefined where Kubernetes is the source. */
async function readGitOpsFacts(
  deps: Dependencies,
  component: Component,
  { companions }: Pick<PreflightFacts, 'companions'>,
  nextRole: string | undefined,
) {
  const { gitops: source } = component;
  return (
    source && gatherGitOpsFacts(deps, component, { source, nextRole, secrets: secretsOf({ component, companions }) })
  );
}

/** The other Secrets that change with the password, and the workloads that read any of them. */
async function findReaders(
  deps: Dependencies,
  component: Component,
  secret: LiveSecret | undefined,
): Promise<Pick<PreflightFacts, 'companions' | 'workloads'>> {
  const { namespace } = component;
  const companions = await findCompanions(deps, component, secret);
  const reading = await deps.workloads.reading(namespace, secretsOf({ component, companions }));
  const workloads = await Promise.all(
    reading.map(async (workload) => {
      const startedAt = await optional(deps.workloads.oldestPodStartedAt(namespace, workload));
      return startedAt instanceof Date ? { ...workload, oldestPodStartedAt: startedAt.toISOString() } : workload;
    }),
  );
  return { companions, workloads };
}

/** Every Secret that changes with the password, the one that CNPG reads first. */
export function secretsOf({
  component,
  companions,
}: Pick<PreflightFacts, 'component' | 'companions'>): readonly string[] {
  return [component.secret, ...('found' in companions ? companions.found.map(({ name }) => name) : [])];
}

/** The other Secrets that change with the password. @throws RotationError what is no judgement on them. */
async function findCompanions(
  deps: Dependencies,
  component: Component,
  secret: LiveSecret | undefined,
): Promise<Companions> {
  const credential = secret && credentialIn(secret, component);
  if (credential === undefined) return { found: [], warnings: [] };
  try {
    const { secrets, warnings } = await findSecrets(deps, component);
    const names = secrets.filter((name) => name !== component.secret);
    return {
      found: await Promise.all(names.map((name) => readCompanion(deps, component, name, credential))),
      warnings,
    };
  } catch (error) {
    if (!(error instanceof RotationError) || !NAMED_IN_VAIN.has(error.type)) throw error;
    return { refused: { type: error.type, message: error.message } };
  }
}

async function readCompanion(
  deps: Dependencies,
  { namespace }: Component,
  name: string,
  credential: Credential,
): Promise<CompanionFacts> {
  const live = await optional(deps.secrets.find(namespace, name));
  return live === undefined || live === 'unknown' ? { name, immutable: false } : toCompanionFacts(live, credential);
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
      const found = await optional(deps.secrets.find(namespace, one.secret));
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
): Promise<Pick<PreflightFacts, 'login' | 'roleAttributes'>> {
  const credential = secret && credentialIn(secret, component);
  if (cluster === undefined || credential === undefined) return { login: 'unknown' };
  const outcome = await optional(deps.login(component, credential));
  if (outcome === 'unknown') return { login: 'unknown' };
  if (!outcome.accepted) return { login: 'refused' };
  return { login: 'accepted', ...(outcome.attributes && { roleAttributes: outcome.attributes }) };
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

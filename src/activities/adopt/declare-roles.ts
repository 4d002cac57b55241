import { alternatingSpec, roleSecrets, sameCluster, type RoleSpec } from '../../domain/adopt/index.ts';
import { objectName, type Component, type LoginRole } from '../../domain/component.ts';
import { changedMeanwhile, RotationError } from '../../domain/failures.ts';
import type { Credential } from '../../domain/password.ts';
import { judgeSync } from '../../domain/proofs/sync-proof.ts';
import { actAsOwnerScript, DONE } from '../../postgres/login-roles.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { DeclareResult, RolesInput } from '../types/index.ts';
import { awaitCluster } from './await-roles.ts';
import { runOnPrimary } from '../proof/run-on-primary.ts';
import { changeDatabaseRoles } from './change-database-roles.ts';
import { currentCredential } from '../gather/current-login.ts';

/**
 * Makes CNPG read the owner's password from the Secret that was split off, and makes the login roles. The owner's
 * password does not change, so the application goes on with it.
 * Running it twice is safe: a Cluster that declares the roles is left alone, and the SQL sets the same values again.
 */
export async function declareRoles(deps: Dependencies, input: RolesInput, clock: StepClock): Promise<DeclareResult> {
  const { rotation, names } = input;
  const { component } = rotation;
  const current = await currentCredential(deps, component);
  await changeSpec(deps, component, (spec) => alternatingSpec(spec, names));
  await awaitCluster(deps, { component, names }, clock, async () => {
    const waits = await Promise.all(roleSecrets(names).map((login) => whyNotApplied(deps, component, login)));
    return waits.find((because) => because !== undefined);
  });
  const script = actAsOwnerScript(
    names.owner,
    names.logins.map(({ role }) => role),
  );
  const said = await runOnPrimary(deps, component, script, 'make the login roles act as the owner');
  if (!said.includes(DONE))
    throw new RotationError('RoleNotMade', 'psql ended before the login roles act as the owner.');
  await requireLogin(deps, component, current);
  return { roles: roleSecrets(names) };
}

/**
 * Why CNPG has not applied the current Secret of a role; undefined when CNPG has applied it, or never tells. An adoption
 * points the owner at another Secret with the same password, so there is nothing to prove where CNPG does not tell.
 */
export async function whyNotApplied(
  deps: Dependencies,
  component: Component,
  login: LoginRole,
): Promise<string | undefined> {
  const [cluster, secret] = await Promise.all([
    deps.clusters.find(component.namespace, component.cluster),
    deps.secrets.find(component.namespace, login.secret),
  ]);
  const version = secret?.resourceVersion;
  const facts = { component, login, cluster, publishedVersion: version ?? 'absent', liveVersion: version };
  const verdict = judgeSync({ ...facts, liveDataUnchanged: secret !== undefined });
  return 'because' in verdict ? verdict.because : undefined;
}

/** Changes how the Cluster's roles are declared. What is declared so already is left alone. */
export async function changeSpec(
  deps: Dependencies,
  component: Component,
  change: (current: RoleSpec) => RoleSpec,
): Promise<void> {
  const { namespace, cluster } = component;
  const declared = await requireCluster(deps, component);
  const { resourceVersion, facts } = declared;
  const spec = change(facts.spec);
  if (!sameCluster(spec, facts.spec) && !(await deps.roleSpecs.change(namespace, cluster, { resourceVersion, spec })))
    // Another write came between our read and our write, most often CNPG's status. The retry looks again.
    throw changedMeanwhile('Cluster', namespace, cluster);
  await changeDatabaseRoles(deps, component, declared, spec);
}

export async function requireCluster(deps: Dependencies, { namespace, cluster, role }: Component) {
  const read = await deps.clusters.read(namespace, cluster);
  if (read !== undefined) return read.declaredRoles(role);
  throw new RotationError('ClusterAbsent', `${objectName('Cluster', namespace, cluster)} does not exist any more.`);
}

/** Checks that the credential in use still logs in. */
async function requireLogin(deps: Dependencies, component: Component, credential: Credential): Promise<void> {
  const outcome = await deps.login(component, credential);
  if (outcome.accepted) return;
  throw new RotationError(
    'PasswordRefused',
    `PostgreSQL refuses the password of "${credential.username}" (SQLSTATE ${outcome.sqlState}) since CNPG reads it from another Secret.`,
  );
}

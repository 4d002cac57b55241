import { SUPERUSER_ROLE, type ClusterState } from '../../domain/cluster.ts';
import { managedLogins, type Component, type LoginRole } from '../../domain/component.ts';
import type { RoleSecretFacts } from '../../domain/preflight/index.ts';
import type { ApiObjects } from './api-objects.ts';
import { orUnknown } from './look-up.ts';
import { judgeRoleSecret } from './secret-facts.ts';

/** The Secrets of the Cluster's other managed roles, its superuser and its application's owner, as CNPG judges them. */
export function readSecretsOfOtherRoles(
  component: Component,
  { cluster, secrets }: ApiObjects,
): Promise<readonly RoleSecretFacts[]> {
  return Promise.all(
    otherRoles(component, cluster).map(async (one) => {
      const found = await orUnknown(secrets.find(component.namespace, one.secret));
      return { ...one, state: found === 'unknown' ? found : judgeRoleSecret(found, one.role) };
    }),
  );
}

/** CNPG reconciles each DatabaseRole alone, so the Secrets of other DatabaseRoles do not matter. */
function otherRoles(
  component: Component,
  cluster: ClusterState | undefined,
): readonly Omit<RoleSecretFacts, 'state'>[] {
  const own = managedLogins(component);
  const managed = (cluster?.managedRoles ?? [])
    .filter(({ name }) => !own.some(({ role }) => role === name))
    .filter(({ ensure, declaredBy }) => ensure === 'present' && declaredBy === 'managed.roles')
    .flatMap(({ name: role, passwordSecret: secret }) =>
      secret === undefined ? [] : [{ role, secret, readFor: 'managed.roles' as const }],
    );
  const { applicationOwner: owner, superuser } = cluster ?? {};
  const direct = [
    ...(superuser === undefined ? [] : [{ role: SUPERUSER_ROLE, ...superuser, readFor: 'access' as const }]),
    ...(owner === undefined ? [] : [{ role: owner.role, secret: owner.secret, readFor: 'bootstrap' as const }]),
  ];
  const isOwn = (one: LoginRole) => own.some(({ role, secret }) => one.role === role && one.secret === secret);
  return [...managed, ...direct.filter((one) => !isOwn(one))];
}

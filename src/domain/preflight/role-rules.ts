import type { ManagedRole } from '../cluster.ts';
import { objectName } from '../component.ts';
import type { PreflightFacts } from './facts.ts';
import { blocking, clusterName, type Rule } from './finding.ts';

/** The declaration that counts: CNPG prefers `managed.roles`, which stands first. */
function roleOf({ component, cluster }: PreflightFacts): ManagedRole | undefined {
  return cluster?.managedRoles.find(({ name }) => name === component.role);
}

export const roleIsManaged: Rule = (facts) => {
  const { component, cluster } = facts;
  if (cluster === undefined) return undefined;
  const role = roleOf(facts);
  if (role?.passwordSecret === component.secret && role.ensure === 'present') return undefined;
  const expected = `{name: ${component.role}, ensure: present, login: true, passwordSecret: {name: ${component.secret}}}`;
  return blocking(
    'RoleNotManaged',
    role === undefined
      ? `${clusterName(component)} does not manage the role "${component.role}": it is not in spec.managed.roles, and no DatabaseRole that can be read declares it.`
      : role.ensure === 'absent'
        ? `${clusterName(component)} manages the role "${component.role}" with ensure: absent (${role.declaredBy}).`
        : `${clusterName(component)} manages the role "${component.role}" with passwordSecret "${role.passwordSecret ?? '(none)'}", not "${component.secret}" (${role.declaredBy}).`,
    role === undefined || role.declaredBy === 'managed.roles'
      ? `CNPG would never apply the new password. Put ${expected} into spec.managed.roles.`
      : `CNPG would never apply the new password. Set passwordSecret: {name: ${component.secret}} in ${role.declaredBy}, or correct the component "${component.name}" in the catalogue.`,
  );
};

export const roleIsDeclaredOnce: Rule = ({ component, cluster }) => {
  const declarations = cluster?.managedRoles.filter(({ name }) => name === component.role) ?? [];
  if (declarations.length < 2) return undefined;
  const places = declarations.map(({ declaredBy }) => declaredBy);
  const databaseRole = places.find((place) => place !== 'managed.roles')?.replace('DatabaseRole ', '') ?? '';
  return blocking(
    'RoleDeclaredTwice',
    `The role "${component.role}" of ${clusterName(component)} is declared more than once: by ${places.join(' and by ')}. Which one CNPG follows changes when one of them goes.`,
    `Keep one: remove the entry of spec.managed.roles, or "kubectl -n ${component.namespace} delete databaserole ${databaseRole}" (with databaseRoleReclaimPolicy: retain, the default, the role stays).`,
  );
};

export const roleMayLogIn: Rule = (facts) => {
  const { component } = facts;
  const role = roleOf(facts);
  if (role === undefined || role.login) return undefined;
  return blocking(
    'RoleCannotLogin',
    `${clusterName(component)} manages the role "${component.role}" without login: true, so CNPG enforces NOLOGIN.`,
    `Set login: true for "${component.role}" in ${placeOf(role)}.`,
  );
};

export const roleIsValid: Rule = (facts) => {
  const { component, now } = facts;
  const role = roleOf(facts);
  if (role?.validUntil === undefined || Date.parse(role.validUntil) > now.getTime()) return undefined;
  return blocking(
    'RoleExpired',
    `The role "${component.role}" of ${clusterName(component)} is valid until ${role.validUntil}, which is over: PostgreSQL refuses every password.`,
    `Set a later validUntil for "${component.role}" in ${placeOf(role)}, or remove it: it then never ends.`,
  );
};

/** Two Secrets for one role: CNPG applies the owner's after each start of an instance, the managed role's otherwise. */
export const secretsAgreeOnTheRole: Rule = ({ component, cluster }) => {
  const owner = cluster?.applicationOwner;
  if (owner?.role !== component.role || owner.secret === component.secret) return undefined;
  const patch = JSON.stringify({ spec: { bootstrap: { [owner.bootstrap]: { secret: { name: component.secret } } } } });
  return blocking(
    'SecretsConflict',
    `${clusterName(component)} sets the password of "${component.role}" from two Secrets: ${objectName('Secret', component.namespace, owner.secret)} by spec.bootstrap.${owner.bootstrap}, and ${component.secret} by the managed role. The first comes back with every start of an instance.`,
    `kubectl -n ${component.namespace} patch cluster ${component.cluster} --type merge -p '${patch}'`,
  );
};

function placeOf({ declaredBy }: ManagedRole): string {
  return declaredBy === 'managed.roles' ? 'spec.managed.roles' : declaredBy;
}

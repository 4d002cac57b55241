import {
  databaseRoleOf,
  passwordPath,
  secretOfPath,
  SUPERUSER_ROLE,
  type ManagedRole,
  type PasswordPath,
} from '../cluster.ts';
import { objectName, managedLogins, type LoginRole } from '../component.ts';
import type { PreflightFacts } from './facts.ts';
import { takesAPassword } from './generated-rules.ts';
import { clusterName, placeOf, type Rule } from './rule.ts';
import { blocking, type Verdict } from '../finding.ts';

/** A role whose password CNPG sets, and the declaration that counts: CNPG prefers `managed.roles`, which is first. */
interface Login extends LoginRole {
  readonly path: PasswordPath | undefined;
  readonly declared: ManagedRole | undefined;
}

/** Applies a rule to each such role. Of two login roles, the finding names the first bad one. */
function ofEachLogin(judge: (login: Login, facts: PreflightFacts) => Verdict | undefined): Rule {
  return (facts) => {
    const { component, cluster } = facts;
    return managedLogins(component)
      .map((login) => {
        const path = cluster && passwordPath(cluster, login.role);
        return { ...login, path, declared: path?.path === 'managed' ? path.role : undefined };
      })
      .map((login) => judge(login, facts))
      .find((verdict) => verdict !== undefined);
  };
}

export const roleIsManaged = ofEachLogin(({ role: name, secret, path, declared: role }, facts) => {
  const { component, cluster, turns } = facts;
  if (cluster === undefined) return undefined;
  if (path !== undefined && secretOfPath(path) === secret && role?.ensure !== 'absent') return undefined;
  if (role?.ensure === 'present' && !takesAPassword(role)) return undefined;
  if (path?.path === 'direct') return anotherSecret(name, path, facts);
  if (name === SUPERUSER_ROLE) return withoutAccess(facts);
  const membership = turns === undefined ? '' : `, inRoles: [${component.alternating.owner}]`;
  const expected = `{name: ${name}, ensure: present, login: true${membership}, passwordSecret: {name: ${secret}}}`;
  return blocking(
    role === undefined
      ? `${clusterName(component)} does not manage the role "${name}": it is not in spec.managed.roles, and no DatabaseRole that can be read declares it.`
      : role.ensure === 'absent'
        ? `${clusterName(component)} manages the role "${name}" with ensure: absent (${role.declaredBy}).`
        : `${clusterName(component)} manages the role "${name}" with passwordSecret "${role.passwordSecret ?? '(none)'}", not "${secret}" (${role.declaredBy}).`,
    role === undefined || role.declaredBy === 'managed.roles'
      ? `CNPG would never apply the new password. Put ${expected} into spec.managed.roles.`
      : `CNPG would never apply the new password. Set ${secretField(role, secret)} in ${role.declaredBy}, or correct the component "${component.name}" in the catalogue.`,
  );
});

/** The field by which a DatabaseRole names its Secret; one that has `password` cannot lose it again. */
function secretField({ passwordMode }: ManagedRole, secret: string): string {
  return passwordMode === undefined
    ? `passwordSecret: {name: ${secret}}`
    : `password: {mode: ${passwordMode}, secret: ${secret}}`;
}

/** CNPG sets the password of the owner, or of the superuser, from another Secret than the catalogue says. */
function anotherSecret(
  role: string,
  { secret: own, declaredBy }: Extract<PasswordPath, { path: 'direct' }>,
  { component }: PreflightFacts,
): Verdict {
  return blocking(
    `${clusterName(component)} sets the password of "${role}" from ${objectName('Secret', component.namespace, own)} (${declaredBy}), not from "${component.secret}".`,
    `Set secret: ${own} of the component "${component.name}" in the catalogue.`,
  );
}

function withoutAccess({ component }: PreflightFacts): Verdict {
  const patch = JSON.stringify({ spec: { enableSuperuserAccess: true } });
  return blocking(
    `${clusterName(component)} gives the superuser no password (spec.enableSuperuserAccess is not true): CNPG takes it away at each reconcile.`,
    `Take the component "${component.name}" out of the catalogue. Where the superuser has to log in: kubectl -n ${component.namespace} patch cluster ${component.cluster} --type merge -p '${patch}'`,
  );
}

export const roleIsDeclaredOnce = ofEachLogin(({ role }, { component, cluster }) => {
  const declarations = cluster?.managedRoles.filter(({ name }) => name === role) ?? [];
  if (declarations.length < 2) return undefined;
  const places = declarations.map(({ declaredBy }) => declaredBy);
  const [databaseRole = ''] = declarations.flatMap((one) => databaseRoleOf(one) ?? []);
  return blocking(
    `The role "${role}" of ${clusterName(component)} is declared more than once: by ${places.join(' and by ')}. Which one CNPG follows changes when one of them goes.`,
    `Keep one: remove the entry of spec.managed.roles, or "kubectl -n ${component.namespace} delete databaserole ${databaseRole}" (with databaseRoleReclaimPolicy: retain, the default, the role stays).`,
  );
});

export const roleMayLogIn = ofEachLogin(({ role, declared }, { component }) => {
  if (declared === undefined || declared.login) return undefined;
  return blocking(
    `${clusterName(component)} manages the role "${role}" without login: true, so CNPG enforces NOLOGIN.`,
    `Set login: true for "${role}" in ${placeOf(declared)}.`,
  );
});

export const roleIsValid = ofEachLogin(({ role, declared }, { component, now }) => {
  if (declared?.validUntil === undefined || Date.parse(declared.validUntil) > now.getTime()) return undefined;
  return blocking(
    `The role "${role}" of ${clusterName(component)} is valid until ${declared.validUntil}, which is over: PostgreSQL refuses every password.`,
    `Set a later validUntil for "${role}" in ${placeOf(declared)}, or remove it: it then never ends.`,
  );
});

/** Two Secrets for one role: CNPG applies the owner's Secret after an instance starts, else the managed role's. */
export const secretsAgreeOnTheRole = ofEachLogin(({ role, secret, declared }, { component, cluster }) => {
  const owner = cluster?.applicationOwner;
  if (declared === undefined || owner?.role !== role || owner.secret === secret) return undefined;
  const patch = JSON.stringify({ spec: { bootstrap: { [owner.bootstrap]: { secret: { name: secret } } } } });
  return blocking(
    `${clusterName(component)} sets the password of "${role}" from two Secrets: ${objectName('Secret', component.namespace, owner.secret)} by spec.bootstrap.${owner.bootstrap}, and ${secret} by the managed role. The first comes back with every start of an instance.`,
    `kubectl -n ${component.namespace} patch cluster ${component.cluster} --type merge -p '${patch}'`,
  );
});

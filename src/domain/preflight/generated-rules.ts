import { generatorOf, passwordPath, type ManagedRole } from '../cluster.ts';
import { managedLogins, objectName } from '../component.ts';
import { blocking, warning } from '../finding.ts';
import type { PreflightFacts } from './facts.ts';
import { clusterName, placeOf, secretName, type Rule } from './rule.ts';

/* Rules about the password modes of a DatabaseRole (CNPG 1.31), and about the end of a password. */

/** What a role has instead of a password that somebody could rotate, by its mode. */
const WITHOUT_A_PASSWORD: Readonly<Record<string, string>> = {
  external: 'external, so CNPG leaves the password to somebody else: CNPG would never apply a new one',
  setNull: 'setNull, so the role has no password: PostgreSQL lets nobody in with one',
};
const WITH_A_PASSWORD: readonly string[] = ['generate', 'secret'];

/** The keys of a Secret that CNPG generates. CNPG takes every other key away when it generates the next password. */
const GENERATED_KEYS: readonly string[] = ['username', 'password', 'pgpass'];

/** Whether CNPG reads the role's password from a Secret, as far as the role's declaration says a mode. */
export function takesAPassword(role: ManagedRole | undefined): boolean {
  return role?.passwordMode === undefined || WITH_A_PASSWORD.includes(role.passwordMode);
}

export const roleTakesAPassword: Rule = ({ component, cluster }) => {
  const [bad] = managedLogins(component).flatMap(({ role, secret }) => {
    const path = cluster && passwordPath(cluster, role);
    return path?.path !== 'managed' || takesAPassword(path.role) ? [] : [{ declared: path.role, secret }];
  });
  if (bad === undefined) return undefined;
  const { name, passwordMode = '', declaredBy } = bad.declared;
  const what = WITHOUT_A_PASSWORD[passwordMode] ?? `${passwordMode}, which this version of cnpg-rotator does not know`;
  const mend =
    declaredBy === 'managed.roles'
      ? `Take disablePassword out of spec.managed.roles and name passwordSecret: {name: ${bad.secret}}`
      : `Set password: {mode: secret, secret: ${bad.secret}} in ${declaredBy}, with a Secret of type kubernetes.io/basic-auth and the label cnpg.io/reload: "true"`;
  return blocking(
    `${clusterName(component)} declares the role "${name}" with password mode ${what} (${placeOf(bad.declared)}).`,
    `${mend}, or take the component "${component.name}" out of the catalogue.`,
  );
};

export const rolesThatTakeTurnsAreNotGenerated: Rule = ({ component, cluster, turns, oldPodsLogIn }) => {
  if (cluster === undefined || (turns === undefined && !oldPodsLogIn)) return undefined;
  const [generated] = managedLogins(component).filter(({ role }) => generatorOf(cluster, role) !== undefined);
  if (generated === undefined) return undefined;
  const databaseRole = generatorOf(cluster, generated.role) ?? '';
  return blocking(
    `CNPG generates the password of the role "${generated.role}" (DatabaseRole ${databaseRole}, mode: generate). Roles that take turns need Secrets that the rotation writes, and CNPG would write over them.`,
    `Copy the password into a Secret of your own under another name and set password: {mode: secret, secret: <its name>} in the DatabaseRole: CNPG deletes the Secret that it generated, and one of the same name too.`,
  );
};

export const generatedPasswordIsNotInGit: Rule = (facts) => {
  const databaseRole = generatorOfPassword(facts);
  if (databaseRole === undefined || facts.source !== 'gitops') return undefined;
  return blocking(
    `CNPG generates ${secretName(facts.component)} (DatabaseRole ${databaseRole}), and the catalogue says that the password comes from Git.`,
    `Take the source gitops from the component "${facts.component.name}" in the catalogue, or set mode: secret in the DatabaseRole.`,
  );
};

export const cnpgCanGenerate: Rule = (facts) => {
  const { component, cluster, surroundings } = facts;
  const databaseRole = generatorOfPassword(facts);
  if (databaseRole === undefined || cluster === undefined) return undefined;
  const name = objectName('DatabaseRole', component.namespace, databaseRole);
  const { message = '' } = cluster.managedRoles.find((role) => role.name === component.role)?.generated ?? {};
  if (message !== '')
    return blocking(`CNPG generates no password for ${name}: ${message}`, 'Mend what CNPG says, then start again.');
  if (surroundings.operatorAnswers !== false) return undefined;
  return blocking(
    `CNPG's operator does not answer, and nobody else can generate the password of ${name}.`,
    'kubectl -n cnpg-system rollout restart deployment cnpg-controller-manager, or scale it to 1; "kubectl get deployments -A -l app.kubernetes.io/name=cloudnative-pg" finds it.',
  );
};

export const generatedSecretHasNoOtherKeys: Rule = (facts) => {
  const { component, plan } = facts;
  const databaseRole = generatorOfPassword(facts);
  if (databaseRole === undefined) return undefined;
  const keys = [...plan.changes.map(({ secret, place }) => ({ secret, key: place.key })), ...plan.unclear]
    .filter(({ secret, key }) => secret === component.secret && !GENERATED_KEYS.includes(key))
    .map(({ key }) => `"${key}"`);
  if (keys.length === 0) return undefined;
  return blocking(
    `${secretName(component)} also holds the password in ${[...new Set(keys)].join(', ')}. CNPG keeps only ${GENERATED_KEYS.map((key) => `"${key}"`).join(', ')} when it generates the next password, so whoever reads the others would not start.`,
    'Put these keys into a Secret of your own, and let the application read them there: a rotation changes them with the password.',
  );
};

export const generatedPasswordHasNoWayBack: Rule = (facts) => {
  const databaseRole = generatorOfPassword(facts);
  if (databaseRole === undefined) return undefined;
  return warning(
    `CNPG generates the password of the role "${facts.component.role}" (DatabaseRole ${databaseRole}, mode: generate): the rotation asks CNPG for another one. From CNPG's answer on nothing brings the old password back, and a failure makes the rotation go on to the new one.`,
    'Where a rotation must be undone by itself, or must refuse no login, set mode: secret with a Secret of your own (docs/cnpg-1.31.md).',
  );
};

export const passwordDoesNotEnd: Rule = (facts) => {
  const { component, cluster, roleAttributes, turns, now } = facts;
  if (cluster === undefined || turns !== undefined) return undefined;
  const path = passwordPath(cluster, component.role);
  const role = path?.path === 'managed' ? path.role : undefined;
  const { expiration, appliedExpiration } = role?.generated ?? {};
  const generatedUntil = appliedExpiration ?? expiration;
  if (role !== undefined && generatedUntil !== undefined && generatedUntil !== '') {
    const over = Date.parse(generatedUntil) <= now.getTime();
    return warning(
      `The password of the role "${component.role}" of ${clusterName(component)} ${over ? 'ended' : 'ends'} at ${generatedUntil} (${role.declaredBy}, password.duration): PostgreSQL ${over ? 'refuses it' : 'refuses it from then on'}. The rotation gives it a new lifetime.`,
      'CNPG generates the next password before the end of each lifetime and restarts nobody. Let a schedule rotate more often than CNPG does.',
    );
  }
  const until = role?.validUntil ?? roleAttributes?.validUntil;
  if (until === undefined || Date.parse(until) <= now.getTime()) return undefined;
  const where = role?.validUntil === undefined ? 'VALID UNTIL in PostgreSQL' : `validUntil in ${placeOf(role)}`;
  return warning(
    `The role "${component.role}" of ${clusterName(component)} is valid until ${until} (${where}): PostgreSQL refuses every password from then on, the new one too.`,
    role?.validUntil === undefined
      ? `ALTER ROLE "${component.role}" VALID UNTIL 'infinity' in PostgreSQL, where that end is not wanted.`
      : `Set a later validUntil for "${component.role}" in ${placeOf(role)}, or remove it: it then never ends.`,
  );
};

/** The DatabaseRole for which CNPG generates the password of a rotation in place. */
function generatorOfPassword({ component, cluster, turns }: PreflightFacts): string | undefined {
  return cluster === undefined || turns !== undefined ? undefined : generatorOf(cluster, component.role);
}

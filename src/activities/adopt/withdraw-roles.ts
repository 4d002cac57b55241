import {
  entryOf,
  inPlaceSpec,
  recordOf,
  specBefore,
  usesDatabaseRoles,
  type AdoptionNames,
  type AdoptionRecord,
} from '../../domain/adopt/index.ts';
import { SESSIONS_AGAIN_MS } from '../../domain/budgets.ts';
import { generatedSecret } from '../../domain/cluster.ts';
import { objectName, type Component } from '../../domain/component.ts';
import { changedMeanwhile, orElse, RotationError } from '../../domain/failures.ts';
import { HANDED_OVER } from '../../domain/marks.ts';
import { redactCnpg } from '../../domain/text/redact-cluster.ts';
import { DONE, dropScript, releaseScript, wasBusy } from '../../postgres/login-roles.ts';
import { parseRoleFacts, roleFactsScript } from '../../postgres/role-facts.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { RolesInput, WithdrawResult } from '../types/index.ts';
import { awaitCluster } from './await-roles.ts';
import { runOnPrimary } from '../proof/run-on-primary.ts';
import { refusedSecret, trySecrets } from '../proof/prove-secrets.ts';
import { currentCredential } from '../gather/current-login.ts';
import { generatePassword } from '../staging/generate-password.ts';
import { findStaging } from '../staging/staging.ts';
import { changeSpec, requireCluster, whyNotApplied } from './declare-roles.ts';
import { isDeclared, readNote } from './note-of-before.ts';
import { removeRoleSecrets } from './role-secrets.ts';

/**
 * Takes the login roles away, and makes CNPG read the owner's password from where it did before the adoption. The
 * application must log in as the owner again.
 * Running it twice is safe: each part first looks whether it is done, and the note of the old state goes last.
 */
export async function withdrawRoles(deps: Dependencies, input: RolesInput, clock: StepClock): Promise<WithdrawResult> {
  const { rotation, names } = input;
  const { component } = rotation;
  const { namespace } = component;
  await noteHandedOver(deps, rotation);
  const note = await readNote(deps, component, names.ownerSecret);
  // Without the note nothing was declared, or everything is taken back already.
  if (note === undefined) {
    await removeRoleSecrets(deps, component, names, []);
    return { changed: false };
  }
  const { facts } = await requireCluster(deps, component);
  const declares = (role: string): boolean => entryOf(facts.spec, role) !== undefined;
  const isBefore =
    isDeclared(facts.spec, names.owner, names.ownerSecret) || names.logins.some(({ role }) => declares(role));
  // Where nothing is declared any more, the Cluster is as it has to be, whatever the note says.
  const record = isBefore ? note.record : (recordOf(facts.spec, names) ?? note.record);
  const { username } = await currentCredential(deps, component);
  if (username !== names.owner) {
    throw new RotationError(
      'RoleInUse',
      `${objectName('Secret', namespace, component.secret)} names ${names.logins.some(({ role }) => role === username) ? `"${username}"` : 'another user than the owner'}, so the login roles cannot be taken away: the application uses one.`,
    );
  }
  await release(deps, input, clock);
  await changeSpec(deps, component, (spec) => inPlaceSpec(spec, names, record));
  await awaitCluster(deps, { component, names }, clock, () => whyNotBack(deps, input, record));
  await changeSpec(deps, component, (spec) => specBefore(spec, names, record));
  await awaitCluster(deps, { component, names }, clock, () => whyNotGone(deps, input));
  await dropRetained(deps, input);
  await removeRoleSecrets(deps, component, names, note.secrets);
  return { changed: true };
}

/** Whoever takes the lock over from here on has no turn to finish. The login roles and their Secrets may be gone. */
async function noteHandedOver(deps: Dependencies, { id, component }: RolesInput['rotation']): Promise<void> {
  const staging = await findStaging(deps, component);
  if (staging?.rotationId !== id || staging.isHandedOver) return;
  const { namespace, name, resourceVersion } = staging.secret;
  const change = { data: {}, annotations: { [HANDED_OVER]: deps.now().toISOString() }, resourceVersion };
  if ((await deps.secrets.change(namespace, name, change)) === undefined)
    throw changedMeanwhile('Secret', namespace, name);
}

/**
 * CNPG cannot drop a login role that owns objects or has grants, in whichever database. The owner gets the objects; the
 * grants go. An object that somebody uses for long is tried again.
 */
async function release(deps: Dependencies, { rotation: { component }, names }: RolesInput, clock: StepClock) {
  const { loginsIn } = await readRoles(deps, component, names);
  const script = releaseScript(
    names.owner,
    names.logins.map(({ role }) => role),
    [...new Set([component.database, ...loginsIn.map(({ database }) => database)])],
  );
  const seen = await until<string>(deps, {
    clock,
    watched: [],
    look: () =>
      orElse(
        runOnPrimary(deps, component, script, 'release the login roles').then((result) => ({ done: true, result })),
        (error) => {
          if (!wasBusy(error.message)) throw error;
          return { done: false, missing: error.message, lookAgainMs: SESSIONS_AGAIN_MS };
        },
      ),
  });
  if (!seen.done)
    throw new RotationError(
      'RoleNotMade',
      `The owner "${names.owner}" could not get what the login roles own, because somebody uses it for long: ${seen.missing}. End that transaction.`,
    );
  if (!seen.result.includes(DONE))
    throw new RotationError('RoleNotMade', 'psql ended before the login roles were released.');
}

/** CNPG reads the owner's password where it did, and has dropped each login role that the Cluster declares absent. */
async function whyNotBack(
  deps: Dependencies,
  input: RolesInput,
  { passwordSecret, bootstrap }: AdoptionRecord,
): Promise<string | undefined> {
  const { rotation, names } = input;
  const { component } = rotation;
  const secret = passwordSecret ?? bootstrap?.secret ?? generatedSecret(component.cluster, 'app');
  const owner = await whyNotApplied(deps, component, { role: names.owner, secret });
  if (owner !== undefined) return owner;
  const { facts } = await requireCluster(deps, component);
  // CNPG drops the role of a DatabaseRole when the object goes.
  if (usesDatabaseRoles(facts.spec, names)) return undefined;
  // CNPG never drops a role that nothing declares any more. `dropRetained` does.
  const left = (await rolesLeft(deps, input)).filter((role) => entryOf(facts.spec, role) !== undefined);
  return left.length === 0 ? undefined : notDropped(deps, input, left);
}

/**
 * The DatabaseRoles of the login roles are gone, and the application's Secret is enough. Before CNPG lets an object go,
 * CNPG does to the role as the object says.
 */
async function whyNotGone(deps: Dependencies, input: RolesInput): Promise<string | undefined> {
  const { rotation, names } = input;
  const { facts } = await requireCluster(deps, rotation.component);
  const left = (facts.spec.databaseRoles ?? []).map(({ spec }) => spec.name).filter((role) => isLogin(names, role));
  return left.length === 0 ? whyNotProven(deps, input) : notDropped(deps, input, left);
}

/**
 * CNPG leaves a role in PostgreSQL when somebody has deleted its DatabaseRole with the reclaim policy `retain`, or has
 * taken the role out of `managed.roles`.
 */
async function dropRetained(deps: Dependencies, input: RolesInput): Promise<void> {
  const left = await rolesLeft(deps, input);
  if (left.length === 0) return;
  const said = await runOnPrimary(deps, input.rotation.component, dropScript(left), 'drop the login roles');
  if (!said.includes(DONE)) throw new RotationError('RoleNotMade', 'psql ended before the login roles were dropped.');
}

/** The login roles that PostgreSQL still has. */
async function rolesLeft(
  deps: Dependencies,
  { rotation: { component }, names }: RolesInput,
): Promise<readonly string[]> {
  const { roles } = await readRoles(deps, component, names);
  return roles.map(({ name }) => name).filter((role) => isLogin(names, role));
}

async function readRoles(deps: Dependencies, component: Component, { owner, logins }: AdoptionNames) {
  const script = roleFactsScript(
    owner,
    logins.map(({ role }) => role),
    component.database,
  );
  return parseRoleFacts(await runOnPrimary(deps, component, script, 'read the roles'));
}

async function notDropped(
  deps: Dependencies,
  { rotation: { component } }: RolesInput,
  left: readonly string[],
): Promise<string> {
  const cluster = await deps.clusters.find(component.namespace, component.cluster);
  const complaints = left.flatMap((role) => cluster?.cannotReconcile[role] ?? []).map((said) => redactCnpg(said, []));
  const named = left.map((role) => `"${role}"`).join(' and ');
  return `CNPG has not dropped ${named}${complaints.length === 0 ? '' : ` (${complaints.join('; ')})`}`;
}

function isLogin({ logins }: AdoptionNames, name: string): boolean {
  return logins.some(({ role }) => role === name);
}

/**
 * Logins prove that the application's Secrets are enough, because CNPG never tells whether it applied the Secret of an
 * owner by bootstrap: those that the Secrets describe, and one that must be refused. Until then the owner's own Secret stays: its note lets the undoing start again.
 */
async function whyNotProven(deps: Dependencies, { rotation, secrets = [] }: RolesInput): Promise<string | undefined> {
  const { component } = rotation;
  const current = await currentCredential(deps, component);
  const [right, wrong] = await Promise.all([
    deps.login(component, current),
    deps.login(component, { ...current, password: generatePassword() }),
  ]);
  const secret = objectName('Secret', component.namespace, component.secret);
  if (!right.accepted) return `PostgreSQL refuses the password that ${secret} holds (SQLSTATE ${right.sqlState})`;
  if (wrong.accepted) return `PostgreSQL accepts any password of "${current.username}"`;
  const { username: role, password } = current;
  const { refused } = await trySecrets(deps, rotation, secrets, { role, password });
  const own = refused.find(({ login }) => login.username === role);
  return own && refusedSecret(component, own);
}

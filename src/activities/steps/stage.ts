import { log } from '@temporalio/activity';
import { objectName, stagingSecretName } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Password } from '../../domain/password.ts';
import type { Rotation } from '../../domain/rotation/rotation.ts';
import { isRefused, passwordAtPlace, writePlaces } from '../../domain/secret-plan/index.ts';
import { roleOf } from '../../domain/rotation/turn.ts';
import { scramVerifier } from '../../postgres/scram.ts';
import type { Dependencies } from '../dependencies.ts';
import { generatePassword } from '../staging/generate-password.ts';
import { lockState, type LockState } from '../staging/lock.ts';
import { createStaging, findStaging, type StagedChange, type StagedSecret, type Staging } from '../staging/staging.ts';
import type { Owner, StageResult } from '../types.ts';

/** Running it twice is safe: the second run finds the staging Secret with its own rotation's id, and generates nothing. */
export async function stage(
  deps: Dependencies,
  { rotation, owner }: { readonly rotation: Rotation; readonly owner: Owner },
): Promise<StageResult> {
  const present = await findStaging(deps, rotation.component);
  if (present !== undefined && present.rotationId !== rotation.id) await takeOver(deps, rotation, present);
  const staging = present?.rotationId === rotation.id ? present : await writeStaging(deps, rotation, owner);
  if (staging.rotationId !== rotation.id) throw anotherRotation(rotation, staging, 'running');
  return { stagingSecret: staging.secret.name };
}

/**
 * Removes the staging Secret of a rotation whose workflow runs no more (terminated, or lost with its server's database).
 * The live Secret is the truth that CNPG follows, so the new rotation starts from what it holds.
 * @throws RotationError `AnotherRotation` while the owner runs, or when it ended asking for attention.
 */
async function takeOver(deps: Dependencies, rotation: Rotation, staging: Staging): Promise<void> {
  const state = await lockState(deps, staging);
  if (state !== 'ended') throw anotherRotation(rotation, staging, state);
  log.warn('taking over from a rotation whose workflow runs no more', {
    rotation: staging.rotationId,
    workflowId: staging.owner.workflowId,
  });
  await deps.secrets.delete(rotation.component.namespace, staging.secret.name, staging.secret.uid);
}

async function writeStaging(deps: Dependencies, rotation: Rotation, owner: Owner): Promise<Staging> {
  const { component } = rotation;
  await createStaging(deps, rotation, owner, await planChange(deps, rotation));
  // Ours, or that of whoever was quicker.
  const staging = await findStaging(deps, component);
  if (staging !== undefined) return staging;
  throw new RotationError(
    'KubernetesUnavailable',
    `${objectName('Secret', component.namespace, stagingSecretName(component))} vanished right after it was written.`,
  );
}

/** Both sides of every Secret that holds the password, and with alternating roles of the two that CNPG reads. */
async function planChange(deps: Dependencies, rotation: Rotation): Promise<StagedChange> {
  const { component, places, passwordAt, turn } = rotation;
  const { namespace } = component;
  const live = await Promise.all(
    places.map(async (one) => ({ ...one, live: await deps.secrets.find(namespace, one.secret) })),
  );
  const now = live.find(({ secret }) => secret === passwordAt.secret)?.live;
  const previous = now && passwordAtPlace(now.data, component, passwordAt);
  if (previous === undefined) throw lost(namespace, passwordAt.secret);
  const from = { username: roleOf(rotation, 'previous'), password: previous };
  const to = { username: roleOf(rotation, 'pending'), password: generatePassword() };
  // One for all: a pooler that passes the login on needs the verifier that PostgreSQL has.
  const verifier = scramVerifier(to.password);
  const applications = live.map(({ secret, places: wanted, live: found }) => {
    if (found === undefined) throw lost(namespace, secret);
    const writing = { component, secret, places: wanted, from, to, verifierOf: () => verifier };
    const pending = writePlaces(found.data, writing);
    if (isRefused(pending)) throw lost(namespace, secret, pending.refused);
    const before = Object.fromEntries(Object.entries(found.data).filter(([key]) => Object.hasOwn(pending, key)));
    return { name: secret, data: { previous: before, pending } };
  });
  const passwords = { previous, pending: to.password };
  if (turn === undefined) return { secrets: applications, passwords };
  const logins = [
    await planVerifier(deps, namespace, turn.idle.secret, to.password),
    // Nobody gets to know this password, so nobody can log in with it.
    await planVerifier(deps, namespace, turn.active.secret, generatePassword()),
  ];
  return { secrets: [...applications, ...logins], passwords };
}

/** The password stays here: CNPG needs its verifier alone. */
async function planVerifier(
  deps: Dependencies,
  namespace: string,
  name: string,
  password: Password,
): Promise<StagedSecret> {
  const before = (await deps.secrets.find(namespace, name))?.data['password'];
  if (before === undefined) throw lost(namespace, name);
  const pending = { password: new TextEncoder().encode(scramVerifier(password)) };
  return { name, data: { previous: { password: before }, pending } };
}

function lost(
  namespace: string,
  name: string,
  because = 'the password stands no more where preflight saw it',
): RotationError {
  return new RotationError(
    'SecretChanged',
    `${objectName('Secret', namespace, name)} is not as it was in preflight: ${because}. Nothing was changed. Find out who changed the Secret, then start again.`,
  );
}

function anotherRotation({ component }: Rotation, staging: Staging, state: Exclude<LockState, 'ended'>): RotationError {
  const { secret, rotationId, owner } = staging;
  const name = objectName('Secret', component.namespace, secret.name);
  const whose = `rotation ${rotationId} of ${component.name} (workflow ${owner.workflowId}, run ${owner.runId})`;
  if (state === 'elsewhere') {
    return new RotationError(
      'AnotherRotation',
      `${name} is held by ${whose} of another Temporal server or namespace (${staging.temporal}). Let that one end; if it is lost, delete that Secret.`,
    );
  }
  return new RotationError(
    'AnotherRotation',
    state === 'needs-attention'
      ? `${name} keeps both credentials of ${whose}, which ended needing attention. Do what its report says ("cnpg-rotate follow ${component.name}"), then delete that Secret.`
      : `${name} is held by ${whose}, which is running. Wait for it: "cnpg-rotate follow ${component.name}", or "temporal workflow show -w ${owner.workflowId}".`,
  );
}

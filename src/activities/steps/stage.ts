import { log } from '@temporalio/activity';
import { objectName, secretAt, secretObject, type Component } from '../../domain/component.ts';
import { stagingSecretName } from '../../domain/marks.ts';
import { RotationError, changedMeanwhile } from '../../domain/failures.ts';
import type { Password } from '../../domain/password.ts';
import type { StagingPlan } from '../../domain/rotation/handover.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import { isRefused, passwordAtPlace, writePlaces } from '../../domain/secret-plan/index.ts';
import { scramVerifier } from '../../postgres/scram.ts';
import type { Dependencies } from '../dependencies.ts';
import { generatePassword } from '../staging/generate-password.ts';
import {
  createStaging,
  findStaging,
  lockState,
  type LockState,
  type StagedChange,
  type StagedSecret,
  type Staging,
} from '../staging/staging.ts';
import type { StageInput, StageResult } from '../types.ts';

/** Running it twice is safe: the second run finds the staging Secret with its own rotation's id, and generates nothing. */
export async function stage(deps: Dependencies, input: StageInput): Promise<StageResult> {
  const { rotation } = input;
  const present = await findStaging(deps, rotation.component);
  if (present !== undefined && present.rotationId !== rotation.id) await takeOver(deps, rotation, present);
  const staging = present?.rotationId === rotation.id ? present : await writeStaging(deps, input);
  if (staging.rotationId !== rotation.id) throw anotherRotation(rotation, staging, 'running');
  return { stagingSecret: staging.secret.name };
}

/**
 * Removes the staging Secret of a rotation whose workflow no longer runs (terminated, or lost with its server's
 * database). CNPG follows the live Secret, so the new rotation starts from the live Secret's values.
 * @throws RotationError `AnotherRotation` while the owner runs, or when it ended asking for attention.
 */
async function takeOver(deps: Dependencies, rotation: RotationRef, staging: Staging): Promise<void> {
  const state = await lockState(deps, staging);
  if (state !== 'ended') throw anotherRotation(rotation, staging, state);
  log.warn('taking over from a rotation whose workflow runs no more', {
    rotation: staging.rotationId,
    workflowId: staging.owner.workflowId,
  });
  await deps.secrets.delete(rotation.component.namespace, staging.secret.name, staging.secret.uid);
}

async function writeStaging(deps: Dependencies, { rotation, owner, plan }: StageInput): Promise<Staging> {
  const { component } = rotation;
  await createStaging(deps, rotation, owner, await planChange(deps, rotation, plan));
  // The staging Secret is ours, or that of a quicker rotation.
  const staging = await findStaging(deps, component);
  if (staging !== undefined) return staging;
  throw changedMeanwhile('Secret', component.namespace, stagingSecretName(component));
}

/** Both sides of every Secret that holds the password, and of the Secrets that only CNPG reads. */
async function planChange(
  deps: Dependencies,
  { component }: RotationRef,
  { usernames, places, passwordAt, verifiers }: StagingPlan,
): Promise<StagedChange> {
  const live = await Promise.all(
    places.map(async (one) => {
      const at = secretAt(component, one.secret);
      return { ...one, live: await deps.secrets.find(at.namespace, at.name) };
    }),
  );
  const now = live.find(({ secret }) => secret === passwordAt.secret)?.live;
  const previous = now && passwordAtPlace(now.data, component, passwordAt);
  if (previous === undefined) throw lost(component, passwordAt.secret);
  const from = { username: usernames.previous, password: previous };
  const to = { username: usernames.pending, password: generatePassword() };
  // One verifier for all Secrets: a pooler that passes the login on needs the verifier that PostgreSQL has.
  const verifier = scramVerifier(to.password);
  const applications = live.map(({ secret, places: wanted, live: found }) => {
    if (found === undefined) throw lost(component, secret);
    const writing = { component, secret, places: wanted, from, to, verifierOf: () => verifier };
    const pending = writePlaces(found.data, writing);
    if (isRefused(pending)) throw lost(component, secret, pending.refused);
    const before = Object.fromEntries(Object.entries(found.data).filter(([key]) => Object.hasOwn(pending, key)));
    return { name: secret, data: { previous: before, pending } };
  });
  const logins = await Promise.all(
    verifiers.map(({ secret, of }) =>
      planVerifier(deps, component, secret, of === 'the new password' ? to.password : generatePassword()),
    ),
  );
  return { secrets: [...applications, ...logins], passwords: { previous, pending: to.password } };
}

/** The staged Secret gets no password: CNPG needs only the verifier. */
async function planVerifier(
  deps: Dependencies,
  component: Component,
  name: string,
  password: Password,
): Promise<StagedSecret> {
  const before = (await deps.secrets.find(component.namespace, name))?.data['password'];
  if (before === undefined) throw lost(component, name);
  const pending = { password: new TextEncoder().encode(scramVerifier(password)) };
  return { name, data: { previous: { password: before }, pending } };
}

function lost(
  component: Component,
  secret: string,
  because = 'the password stands no more where preflight saw it',
): RotationError {
  return new RotationError(
    'SecretChanged',
    `${secretObject(component, secret)} is not as it was in preflight: ${because}. Nothing was changed. Find out who changed the Secret, then start again.`,
  );
}

function anotherRotation(
  { component }: RotationRef,
  staging: Staging,
  state: Exclude<LockState, 'ended'>,
): RotationError {
  const { secret, rotationId, owner } = staging;
  const name = objectName('Secret', component.namespace, secret.name);
  const whose = `rotation ${rotationId} of ${component.name} (workflow ${owner.workflowId}, run ${owner.runId})`;
  const message = {
    elsewhere: `${name} is held by ${whose} of another Temporal server or namespace (${staging.temporal}). Let that one end; if it is lost, delete that Secret.`,
    'needs-attention': `${name} keeps both credentials of ${whose}, which ended needing attention. Do what its report says ("cnpg-rotate follow ${component.name}"), then delete that Secret.`,
    running: `${name} is held by ${whose}, which is running. Wait for it: "cnpg-rotate follow ${component.name}", or "temporal workflow show -w ${owner.workflowId}".`,
  }[state];
  return new RotationError('AnotherRotation', message);
}

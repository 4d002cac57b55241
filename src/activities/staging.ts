import { objectName, stagingSecretName, type Component } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { Password, type Credential } from '../domain/password.ts';
import type { Rotation, Target } from '../domain/rotation.ts';
import { asText, type SecretData } from '../domain/secret-data.ts';
import type { LiveSecret } from '../kubernetes/secrets.ts';
import type { Dependencies } from './dependencies.ts';
import type { Owner } from './types.ts';

/*
 * The staging Secret is a rotation's write-ahead log and its lock: the keys of the live Secret that change, with their
 * bytes before and after. Publishing either credential means copying one of the two sides, so the way back is exact.
 */

export const ROTATION_LABEL = 'cnpg-rotator.io/rotation';
const OWNER_WORKFLOW = 'cnpg-rotator.io/owner-workflow-id';
const OWNER_RUN = 'cnpg-rotator.io/owner-run-id';
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'cnpg-rotator' } as const;

const PREFIX = { previous: 'before.', pending: 'after.' } as const satisfies Record<Target, string>;

export interface Staging {
  readonly secret: LiveSecret;
  readonly rotationId: string;
  readonly owner: Owner;
  /** For each target, the changed keys of the live Secret with their values. */
  readonly data: Readonly<Record<Target, SecretData>>;
}

/** @returns the staging Secret of the component, whosever it is. */
export async function findStaging(deps: Dependencies, component: Component): Promise<Staging | undefined> {
  const secret = await deps.secrets.find(component.namespace, stagingSecretName(component));
  if (secret === undefined) return undefined;
  return {
    secret,
    rotationId: secret.labels[ROTATION_LABEL] ?? '',
    owner: {
      workflowId: secret.annotations[OWNER_WORKFLOW] ?? 'unknown',
      runId: secret.annotations[OWNER_RUN] ?? 'unknown',
    },
    data: { previous: side(secret.data, 'previous'), pending: side(secret.data, 'pending') },
  };
}

/** The rotation's own staging Secret. @throws RotationError `StagingLost` when it is gone or not ours. */
export async function readStaging(deps: Dependencies, { id, component }: Rotation): Promise<Staging> {
  const staging = await findStaging(deps, component);
  if (staging?.rotationId === id) return staging;
  const name = objectName('Secret', component.namespace, stagingSecretName(component));
  throw new RotationError(
    'StagingLost',
    staging === undefined
      ? `${name}, which held both credentials of rotation ${id}, was deleted. Compare Secret ${component.secret} with what PostgreSQL accepts before you rotate again.`
      : `${name} now belongs to rotation ${staging.rotationId}, not to ${id}.`,
  );
}

/** @returns false when the name is taken. */
export async function createStaging(
  deps: Dependencies,
  { id, component }: Rotation,
  owner: Owner,
  data: Readonly<Record<Target, SecretData>>,
): Promise<boolean> {
  const created = await deps.secrets.create({
    namespace: component.namespace,
    name: stagingSecretName(component),
    labels: { ...MANAGED_BY, [ROTATION_LABEL]: id },
    annotations: { [OWNER_WORKFLOW]: owner.workflowId, [OWNER_RUN]: owner.runId },
    data: { ...prefixed(data.previous, 'previous'), ...prefixed(data.pending, 'pending') },
  });
  return created !== undefined;
}

/** The credential of one side; CNPG trims white space from a password before it applies it. */
export function credentialOf({ role }: Component, staging: Staging, target: Target): Credential {
  const password = asText(staging.data[target]['password'] ?? new Uint8Array())?.trim() ?? '';
  return { username: role, password: Password.of(password) };
}

export function otherTarget(target: Target): Target {
  return target === 'pending' ? 'previous' : 'pending';
}

function prefixed(data: SecretData, target: Target): SecretData {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [PREFIX[target] + key, value]));
}

function side(data: SecretData, target: Target): SecretData {
  return Object.fromEntries(
    Object.entries(data)
      .filter(([key]) => key.startsWith(PREFIX[target]))
      .map(([key, value]) => [key.slice(PREFIX[target].length), value]),
  );
}

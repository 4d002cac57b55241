import { objectName, type Component, type Turn } from '../../domain/component.ts';
import {
  HANDED_OVER,
  stagingSecretName,
  MANAGED_BY,
  NEEDS_ATTENTION,
  OWNER_RUN,
  OWNER_TEMPORAL,
  OWNER_WORKFLOW,
  PRODUCT,
  REPLAYED,
  REPLAYING,
  ROTATION_LABEL,
  STAGED_SECRETS,
  TURN,
} from '../../domain/marks.ts';
import { RotationError } from '../../domain/failures.ts';
import { Password, type Credential } from '../../domain/password.ts';
import type { StagedLogin } from '../../domain/rotation/handover.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Target } from '../../domain/steps.ts';
import { trimmedText, type SecretData } from '../../domain/secrets/secret-data.ts';
import type { LiveSecret, Secrets } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Owner } from '../types/index.ts';
import type { OwnerState } from './owner.ts';

/*
 * The staging Secret is a rotation's write-ahead log and its lock. It holds the changing keys of the live Secrets, with
 * their bytes before and after. Publishing a credential copies one of the two sides, so the way back is exact.
 * The application's Secrets come first. With alternating roles the idle role's Secret follows, then the active role's
 * Secret. Of these two Secrets only verifiers are kept.
 *
 *   metadata.annotations  cnpg-rotator.io/secrets: '["litellm-db-secret","litellm-env"]'
 *   data                  before.0.password, after.0.password, before.1.DATABASE_URL, after.1.DATABASE_URL, …
 *                         before.password, after.password: the login's password, whatever notation the Secrets use
 *
 * A rotation whose workflow ended without an end of its own leaves its staging Secret behind. take-over.ts says how the
 * next rotation gets the lock without losing the record.
 */

const PREFIX = { previous: 'before.', pending: 'after.' } as const satisfies Record<Target, string>;
const utf8 = new TextEncoder();
const TARGETS = ['previous', 'pending'] as const satisfies readonly Target[];

/** What is kept of one live Secret: its changed keys with both values. */
export interface StagedSecret {
  readonly name: string;
  readonly data: Readonly<Record<Target, SecretData>>;
}

export interface Staging {
  readonly secret: LiveSecret;
  readonly rotationId: string;
  /** Whose record it is, where the lock was taken over and the record is not yet the owner's own. */
  readonly recordOf?: { readonly rotation: string; readonly replayed: boolean };
  readonly owner: Owner;
  /** The owner's Temporal cluster and namespace. */
  readonly temporal: string;
  /** Which role hands over to which; absent in place. */
  readonly turn?: Turn;
  /** The turn is over, and the login roles are being taken away. */
  readonly isHandedOver: boolean;
  /** The application's main Secret first. */
  readonly secrets: readonly StagedSecret[];
  /** The password of the role that logs in on each side; a side is absent where somebody has removed it. */
  readonly passwords: Readonly<Partial<Record<Target, Password>>>;
}

/** What a rotation stages. */
export interface StagedChange {
  readonly turn?: Turn;
  readonly secrets: readonly StagedSecret[];
  /** Without the new one where CNPG generates it and has not yet. */
  readonly passwords: Readonly<Partial<Record<Target, Password>>>;
}

/** @returns the component's staging Secret, whichever rotation owns it. */
export async function findStaging(
  { secrets }: { readonly secrets: Pick<Secrets, 'find'> },
  component: Component,
): Promise<Staging | undefined> {
  const secret = await secrets.find(component.namespace, stagingSecretName(component));
  if (secret === undefined) return undefined;
  return {
    secret,
    rotationId: secret.labels[ROTATION_LABEL] ?? '',
    ...foreignRecord(secret),
    owner: {
      workflowId: secret.annotations[OWNER_WORKFLOW] ?? 'unknown',
      runId: secret.annotations[OWNER_RUN] ?? 'unknown',
    },
    temporal: secret.annotations[OWNER_TEMPORAL] ?? 'unknown',
    ...turnIn(secret),
    isHandedOver: HANDED_OVER in secret.annotations,
    secrets: secretNames(secret).map((name, index) => ({
      name,
      data: { previous: side(secret.data, 'previous', index), pending: side(secret.data, 'pending', index) },
    })),
    passwords: Object.fromEntries(
      TARGETS.flatMap((target) => {
        const text = trimmedText(secret.data, passwordKey(target));
        return text === '' ? [] : [[target, Password.of(text)]];
      }),
    ),
  };
}

/**
 * The rotation's own staging Secret, with its own record, or with the record that the rotation goes on from.
 * @throws RotationError `StagingLost` when it is gone or not ours.
 */
export async function readStaging(deps: Dependencies, { id, component, goesOnFrom }: RotationRef): Promise<Staging> {
  const staging = await findStaging(deps, component);
  if (staging?.rotationId === id && isRecordOf(staging, goesOnFrom)) return staging;
  const name = objectName('Secret', component.namespace, stagingSecretName(component));
  throw new RotationError(
    'StagingLost',
    staging === undefined
      ? `${name}, which held both credentials of rotation ${id}, was deleted. Compare Secret ${component.secret} with what PostgreSQL accepts before you rotate again.`
      : `${name} now belongs to rotation ${staging.recordOf?.rotation ?? staging.rotationId}, not to ${id}.`,
  );
}

function isRecordOf({ recordOf }: Staging, interrupted: string | undefined): boolean {
  return recordOf?.rotation === interrupted && recordOf?.replayed !== false;
}

/** The state of a staging Secret's owner; `elsewhere`: the owner is in another Temporal cluster or namespace. */
export type LockState = OwnerState | 'elsewhere';

/** Only a lock whose owner has `ended` may be taken over. */
export async function lockState(deps: Dependencies, { secret, temporal, owner }: Staging): Promise<LockState> {
  if (secret.annotations[NEEDS_ATTENTION] === 'true') return 'needs-attention';
  return temporal === (await deps.temporalIdentity()) ? deps.stateOf(owner) : 'elsewhere';
}

/** @returns false when the name is taken. */
export async function createStaging(
  deps: Dependencies,
  { id, component }: RotationRef,
  owner: Owner,
  change: StagedChange,
): Promise<boolean> {
  const created = await deps.secrets.create({
    namespace: component.namespace,
    name: stagingSecretName(component),
    labels: { [MANAGED_BY]: PRODUCT, [ROTATION_LABEL]: id },
    annotations: { ...recordAnnotations(change), ...(await ownerAnnotations(deps, owner)) },
    data: recordData(change),
  });
  return created !== undefined;
}

/** Who holds the lock, as the staging Secret says it. */
export async function ownerAnnotations(deps: Dependencies, { workflowId, runId }: Owner) {
  return { [OWNER_WORKFLOW]: workflowId, [OWNER_RUN]: runId, [OWNER_TEMPORAL]: await deps.temporalIdentity() };
}

/** The names of the Secrets in a record, in the order of its keys, and the turn. */
export function recordAnnotations({ secrets, turn }: StagedChange): Readonly<Record<string, string>> {
  return {
    [STAGED_SECRETS]: JSON.stringify(secrets.map(({ name }) => name)),
    ...(turn !== undefined && { [TURN]: JSON.stringify(turn) }),
  };
}

export function recordData({ secrets, passwords }: StagedChange): SecretData {
  const data = secrets.flatMap((secret, index) =>
    TARGETS.flatMap((target) =>
      Object.entries(secret.data[target]).map(([key, value]) => [`${PREFIX[target]}${index}.${key}`, value] as const),
    ),
  );
  return {
    ...Object.fromEntries(data),
    ...Object.fromEntries(
      TARGETS.flatMap((target) => {
        const password = passwords[target];
        return password === undefined ? [] : [[passwordKey(target), utf8.encode(password.reveal())]];
      }),
    ),
  };
}

function foreignRecord({ annotations }: LiveSecret): Pick<Staging, 'recordOf'> {
  const [due, done] = [annotations[REPLAYING], annotations[REPLAYED]];
  const rotation = due ?? done;
  return rotation === undefined ? {} : { recordOf: { rotation, replayed: due === undefined } };
}

/** @throws RotationError `StagingLost` when somebody has removed the password. */
export function credentialOf({ secret, passwords, rotationId }: Staging, login: StagedLogin): Credential {
  const password = passwords[login.password];
  if (password !== undefined) return { username: login.role, password };
  throw new RotationError(
    'StagingLost',
    `${objectName('Secret', secret.namespace, secret.name)} lost its key "${passwordKey(login.password)}", so rotation ${rotationId} knows that password no more.`,
  );
}

function passwordKey(target: Target): string {
  return `${PREFIX[target]}password`;
}

/** The texts that others' messages must not show: both passwords of a rotation, and the verifiers of login roles. */
export function passwordsIn({ secrets, passwords }: Staging): readonly Password[] {
  const staged = secrets
    .flatMap(({ data: { previous, pending } }) => [previous, pending])
    .map((data) => trimmedText(data, 'password'));
  return [...Object.values(passwords), ...staged.filter((text) => text !== '').map((text) => Password.of(text))];
}

export function stagedSide({ secrets }: Staging, name: string, target: Target): SecretData {
  return secrets.find((secret) => secret.name === name)?.data[target] ?? {};
}

function side(data: SecretData, target: Target, index: number): SecretData {
  const prefix = `${PREFIX[target]}${index}.`;
  return Object.fromEntries(
    Object.entries(data)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

function turnIn({ annotations }: LiveSecret): Pick<Staging, 'turn'> {
  const text = annotations[TURN];
  if (text === undefined) return {};
  try {
    const { active, idle } = JSON.parse(text) as Turn;
    return { turn: { active, idle } };
  } catch {
    return {};
  }
}

function secretNames({ annotations }: LiveSecret): readonly string[] {
  try {
    const names: unknown = JSON.parse(annotations[STAGED_SECRETS] ?? '[]');
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return [];
  }
}

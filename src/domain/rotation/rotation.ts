import type { Component, ConsumerRef, SecretReader, Turn } from '../component.ts';
import type { Consumer } from '../consumers/consumer.ts';
import { RotationError } from '../failures.ts';
import type { KubernetesIdentity } from '../kubernetes-identity.ts';
import type { PoolerInUse } from '../poolers/pooler.ts';
import { describePlace, type PasswordAt, type SecretPlaces } from '../secret-plan/plan.ts';

/** What every step needs to know. */
export interface RotationRef {
  /** Identifies the rotation everywhere; a valid Kubernetes label value. */
  readonly id: string;
  /** Only a worker of this cluster may take its steps. */
  readonly kubernetes: KubernetesIdentity;
  readonly component: Component;
  /** The interrupted rotation whose record the steps go on from; absent where the record is the rotation's own. */
  readonly goesOnFrom?: string;
  /** The Poolers through which the application logs in; absent where there are none. */
  readonly poolers?: readonly PoolerInUse[];
}

/** The facts that preflight resolved for the whole rotation; no secrets. */
export interface Rotation extends RotationRef {
  /** Every Secret of the application with the password. In place, the first one is the Secret that CNPG reads. */
  readonly secrets: readonly string[];
  /** Those of the Secrets that somebody else copies from another one of them. */
  readonly copies?: readonly string[];
  /** The places of the password in each Secret, and the places of the user name where the name changes too. */
  readonly places: readonly SecretPlaces[];
  /** The place of the previous password. */
  readonly passwordAt: PasswordAt;
  readonly workloads: readonly SecretReader[];
  /** Those who use the password besides the workloads; absent where nobody does. */
  readonly consumers?: readonly Consumer[];
  /** Only with alternating roles. */
  readonly turn?: Turn;
  /** The DatabaseRole for which CNPG generates the password (CNPG 1.31). The rotation asks CNPG, and has no way back. */
  readonly generatedBy?: string | undefined;
  /** The login roles' own Secrets that Flux applies from Git. The others are changed in the cluster. */
  readonly roleSecretsInGit?: readonly string[];
  /** The time to publish through Git, where Flux may need longer than usual. */
  readonly gitPublishSeconds?: number;
  /** Preflight found objects of a login role, which the rotation gives to the owner. */
  readonly reassigns?: true | undefined;
  /** CNPG's operator did not answer in preflight. */
  readonly operatorAway?: true | undefined;
}

/** The part of a rotation that a step needs. */
export function refOf({ id, kubernetes, component, goesOnFrom, poolers }: Rotation): RotationRef {
  return {
    id,
    kubernetes,
    component,
    ...(goesOnFrom !== undefined && { goesOnFrom }),
    ...(poolers !== undefined && { poolers }),
  };
}

/** The id of the record: it stands on everything that was written from the record, whoever goes on from it. */
export function recordId({ id, goesOnFrom = id }: Pick<RotationRef, 'id' | 'goesOnFrom'>): string {
  return goesOnFrom;
}

/** The steps of version 0.2.0 gave workloads no namespace: all of them were at home. */
export function placedWorkloads<T extends ConsumerRef>(
  { namespace }: Component,
  workloads: readonly T[],
): readonly T[] {
  return workloads.map((workload) => ({ ...{ namespace }, ...workload }));
}

const MAX_LABEL_LENGTH = 63;

/** `litellm-20261124t080102z-1a2b3c`: sortable, readable, a label value, and unique enough together with the time. */
export function rotationId(component: string, startedAt: Date, unique: string): string {
  const time = startedAt
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase();
  const tail = `-${time}-${unique.replaceAll('-', '').slice(0, 6)}`;
  const head = component
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, MAX_LABEL_LENGTH - tail.length);
  return `${head}${tail}`;
}

/**
 * Between staging and an approval somebody may put the password in another place. The staged Secret would not have it.
 * @param now the places of the password now.
 * @throws RotationError `SecretChanged`, with the new and the missing places.
 */
export function requireSamePlaces(
  { component, places }: Pick<Rotation, 'component' | 'places'>,
  now: readonly SecretPlaces[],
): void {
  const before = placeNames(places);
  const after = placeNames(now);
  const came = after.filter((name) => !before.includes(name)).map((name) => `${name} holds the password now`);
  const went = before.filter((name) => !after.includes(name)).map((name) => `${name} no longer holds it`);
  if (came.length + went.length === 0) return;
  throw new RotationError(
    'SecretChanged',
    `While the rotation of ${component.name} waited for its approval, the Secrets of namespace ${component.namespace} changed: ${[...came, ...went].join(', ')}. The rotation set no new password; start it again.`,
  );
}

function placeNames(secrets: readonly SecretPlaces[]): readonly string[] {
  return secrets.flatMap(({ secret, places }) => places.map((place) => `${secret}, ${describePlace(place)},`));
}

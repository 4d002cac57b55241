import type { Component, SecretReader, Turn } from '../component.ts';
import { RotationError } from '../failures.ts';
import type { KubernetesIdentity } from '../kubernetes-identity.ts';
import { describePlace, type PasswordAt, type SecretPlaces } from '../secret-plan/plan.ts';

/** What every step needs to know. */
export interface RotationRef {
  /** Names the rotation everywhere; a valid Kubernetes label value. */
  readonly id: string;
  /** Only a worker of this cluster may take its steps. */
  readonly kubernetes: KubernetesIdentity;
  readonly component: Component;
}

/** What preflight resolved for the whole rotation; it carries no secret. */
export interface Rotation extends RotationRef {
  /** Every Secret of the application that holds the password; in place, the one that CNPG reads is the first. */
  readonly secrets: readonly string[];
  /** Where in each of them the password stands, and the user's name where it changes too. */
  readonly places: readonly SecretPlaces[];
  /** Where the previous password is read. */
  readonly passwordAt: PasswordAt;
  readonly workloads: readonly SecretReader[];
  /** Only with alternating roles. */
  readonly turn?: Turn;
  /** The login roles' own Secrets that Flux applies from Git; the others are changed in the cluster. */
  readonly roleSecretsInGit?: readonly string[];
}

/** What a step needs of a rotation. */
export function refOf({ id, kubernetes, component }: Rotation): RotationRef {
  return { id, kubernetes, component };
}

const MAX_LABEL_LENGTH = 63;

/** `litellm-20261124t080102z-1a2b3c`: sortable, readable, unique enough beside the time, and a label value. */
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
 * Between staging and an approval others may have put the password somewhere else; what is staged would miss it.
 * @param now where the password stands now.
 * @throws RotationError `SecretChanged`, naming the places that came or went.
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
    `While the rotation of ${component.name} waited for its approval, the Secrets of namespace ${component.namespace} changed: ${[...came, ...went].join(', ')}. Nothing was changed by the rotation; start it again.`,
  );
}

function placeNames(secrets: readonly SecretPlaces[]): readonly string[] {
  return secrets.flatMap(({ secret, places }) => places.map((place) => `${secret}, ${describePlace(place)},`));
}

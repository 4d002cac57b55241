import { Password } from '../../../src/domain/password.ts';
import {
  planSecrets,
  type ContainerEnvironment,
  type SecretPlan,
  type SecretWorld,
} from '../../../src/domain/secret-plan/index.ts';
import type { Component } from '../../../src/domain/component.ts';
import { exampleComponent } from '../../harness/examples.ts';

export type Values = Readonly<Record<string, string>>;

export interface World {
  /** By name; `litellm-db-secret` is the one that CNPG reads. */
  readonly secrets: Readonly<Record<string, Values>>;
  readonly component?: Partial<Component>;
  readonly environments?: readonly ContainerEnvironment[];
  readonly ofOtherRoles?: SecretWorld['ofOtherRoles'];
  readonly services?: readonly string[];
  /** What PostgreSQL accepts besides the password of CNPG's Secret. */
  readonly accepted?: readonly string[];
  readonly renames?: boolean;
  /** Who logs in; default: the component's role. */
  readonly user?: string;
}

const utf8 = new TextEncoder();

export function toWorld(world: World): SecretWorld {
  const component = exampleComponent({ name: 'litellm', namespace: 'apps', ...world.component });
  return {
    component,
    user: world.user ?? component.role,
    secrets: Object.entries(world.secrets).map(([name, values]) => ({
      name,
      type: 'Opaque',
      labels: {},
      data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, utf8.encode(value)])),
    })),
    environments: world.environments ?? [],
    ofOtherRoles: world.ofOtherRoles ?? [],
    services: world.services ?? [],
  };
}

/** @param password what the role's password is now. */
export function planOf(world: World, password: string): SecretPlan {
  const known = {
    held: Password.of(world.secrets['litellm-db-secret']?.['password'] ?? password),
    current: Password.of(password),
    accepted: (world.accepted ?? []).map((text) => Password.of(text)),
  };
  return planSecrets(toWorld(world), known, world.renames === true);
}

/** `secret key (within)` of each place, with `user` where it is the user's name, and `stale`. */
export function inShort({ changes, leftAlone, unclear }: SecretPlan): {
  readonly changes: readonly string[];
  readonly leftAlone?: readonly string[];
  readonly unclear?: readonly string[];
} {
  const at = (secret: string, { key, within }: { readonly key: string; readonly within: string }): string =>
    `${secret} ${key}${within === '' ? '' : ` (${within})`}`;
  return {
    changes: changes.map(
      ({ secret, place, stale }) =>
        `${at(secret, place)}${place.meaning === 'user' ? ' user' : ''}${stale === true ? ' stale' : ''}`,
    ),
    ...(leftAlone.length > 0 && { leftAlone: leftAlone.map(({ secret, ...place }) => at(secret, place)) }),
    ...(unclear.length > 0 && { unclear: unclear.map(({ secret, ...place }) => at(secret, place)) }),
  };
}

export const X = 'q8Zr2vWm5tYx0Lk3';
export const HOST = 'litellm-postgresql-rw';

/** CNPG's own Secret beside the others. */
export const secrets = (
  others: Readonly<Record<string, Values>>,
  own: Values = {},
  password = X,
): World['secrets'] => ({
  'litellm-db-secret': { username: 'litellm', password, ...own },
  ...others,
});
export const uri = (user: string, password: string, host = HOST): string =>
  `postgresql://${user}:${password}@${host}/litellm`;
export const OWN = 'litellm-db-secret password';

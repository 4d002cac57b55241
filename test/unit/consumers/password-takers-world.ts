import { findPasswordTakers } from '../../../src/domain/consumers/password-takers.ts';
import type { ContainerTexts, MountedFiles, TextVariable } from '../../../src/domain/consumers/texts.ts';
import type { Component, ConsumerRef } from '../../../src/domain/component.ts';
import { planOf, secrets, toWorld, X, type World } from '../secret-plan/world.ts';

export const WORKER: ConsumerRef = { kind: 'Deployment', namespace: 'apps', name: 'worker' };

export interface Pod {
  readonly variables?: readonly TextVariable[];
  readonly commands?: Readonly<Record<string, string>>;
  readonly files?: readonly MountedFiles[];
  readonly configMap?: Readonly<Record<string, string>>;
  /** Beside CNPG's own Secret. */
  readonly secrets?: World['secrets'];
  readonly own?: Readonly<Record<string, string>>;
  readonly holder?: ConsumerRef;
  readonly component?: Partial<Component>;
  readonly user?: string;
}

export const env = (texts: Readonly<Record<string, string>>): readonly TextVariable[] =>
  Object.entries(texts).map(([name, value]) => ({ name, value }));
export const secret = (variable: string, key: string, name = 'litellm-db-secret'): TextVariable => ({
  name: variable,
  from: { kind: 'Secret', name },
  key,
});
export const PASSWORD = secret('DB_PASSWORD', 'password');
export const MOUNTED: MountedFiles = { from: { kind: 'Secret', name: 'litellm-db-secret' }, path: '/etc/db' };
export const PASSWORD_FILE: MountedFiles = { ...MOUNTED, key: 'password', path: '/etc/db/password' };
export const SETTINGS: MountedFiles = { from: { kind: 'ConfigMap', name: 'settings' }, path: '/etc/settings' };

/** Each place, with `?` where it is a doubt; `unseen` where the container takes the user from nowhere that was found. */
export function found(pod: Pod): readonly string[] {
  const user = pod.user ?? pod.component?.role ?? 'litellm';
  const of = {
    secrets: secrets(pod.secrets ?? {}, { username: user, ...pod.own }),
    user,
    renames: true,
    ...(pod.component && { component: pod.component }),
  };
  const container: ContainerTexts = {
    ...{ holder: pod.holder ?? WORKER, idle: false, container: 'worker' },
    ...{
      variables: pod.variables ?? [],
      commands: pod.commands ?? {},
      configMaps: ['settings'],
      files: pod.files ?? [],
    },
  };
  const configMaps = pod.configMap === undefined ? [] : [{ namespace: 'apps', name: 'settings', texts: pod.configMap }];
  return findPasswordTakers(toWorld(of), planOf(of, X), [container], configMaps).flatMap(
    ({ takesUser, accepted, elsewhere }) => [
      ...elsewhere.map(({ where, evidence }) => `${where}${evidence ? '' : ' ?'}${accepted ? ' accepted' : ''}`),
      ...(takesUser || elsewhere.some(({ evidence }) => evidence) ? [] : ['unseen']),
    ],
  );
}

import type { Component } from '../../domain/component.ts';
import type { LiveSecret, Secrets } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';

type Read<T> = (namespace: string, name: string) => Promise<T>;

/** The same look-up, but each object is read only once. */
export function onceEach<T>(read: Read<T>, found = new Map<string, Promise<T>>()): Read<T> {
  return (namespace, name) => {
    const key = `${namespace}/${name}`;
    const one = found.get(key) ?? read(namespace, name);
    found.set(key, one);
    return one;
  };
}

/** The Secrets of a component's namespace; none of them is read twice. */
export interface SeenSecrets extends Pick<Secrets, 'find'> {
  /** Undefined where the Secrets may not be listed, or where the catalogue says not to list them. */
  readonly all: readonly LiveSecret[] | undefined;
}

export async function seeSecrets(
  { secrets }: Pick<Dependencies, 'secrets'>,
  { namespace, discover }: Component,
): Promise<SeenSecrets> {
  const all = discover ? await secrets.list(namespace) : undefined;
  const found = all?.map((one) => [`${namespace}/${one.name}`, Promise.resolve<LiveSecret | undefined>(one)] as const);
  return { all, find: onceEach((...name) => secrets.find(...name), new Map(found)) };
}

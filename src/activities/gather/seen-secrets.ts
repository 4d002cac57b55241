import { namespacesOf, refIn, secretAt, type Component } from '../../domain/component.ts';
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

/** The Secrets of a component's namespaces; none of them is read twice. */
export interface SeenSecrets extends Pick<Secrets, 'find'> {
  /** The Secret that a plan names so. */
  readonly named: (secret: string) => Promise<LiveSecret | undefined>;
  /** All Secrets, by the names that a plan gives them. Those of a namespace that may not be listed are missing. */
  readonly all: ReadonlyMap<string, LiveSecret>;
  /** The namespaces whose Secrets may not be listed. */
  readonly unlisted: readonly string[];
}

export async function seeSecrets(
  { secrets }: Pick<Dependencies, 'secrets'>,
  component: Component,
): Promise<SeenSecrets> {
  const namespaces = component.discover ? namespacesOf(component) : [];
  const lists = await Promise.all(
    namespaces.map(async (namespace) => ({ namespace, list: await secrets.list(namespace) })),
  );
  const listed = lists.flatMap(({ list }) => list ?? []);
  const found = listed.map(
    (one) => [`${one.namespace}/${one.name}`, Promise.resolve<LiveSecret | undefined>(one)] as const,
  );
  const find = onceEach<LiveSecret | undefined>((...name) => secrets.find(...name), new Map(found));
  return {
    all: new Map(listed.map((one) => [refIn(component, one), one])),
    unlisted: lists.flatMap(({ namespace, list }) => (list === undefined ? [namespace] : [])),
    find,
    named: (secret) => {
      const { namespace, name } = secretAt(component, secret);
      return find(namespace, name);
    },
  };
}

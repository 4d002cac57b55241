import type { Kinds, Store } from '../api/index.ts';

export type PodSpec = NonNullable<Kinds['pods']['spec']>;
export type Container = PodSpec['containers'][number];

/** A container that cannot be started as it is written; the message is the kubelet's. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/** The variables of a container, read from the live Secrets, as the kubelet does at each start. */
export function environmentOf(store: Store, namespace: string, container: Container): Record<string, string> {
  const fromSecrets = (container.envFrom ?? []).flatMap(({ secretRef, prefix = '' }) => {
    if (secretRef?.name === undefined) return [];
    const data = secretData(store, namespace, secretRef.name, secretRef.optional === true);
    return Object.entries(data).map(([key, value]) => [`${prefix}${key}`, value] as const);
  });
  const single = (container.env ?? []).flatMap(({ name, value, valueFrom }) => {
    const ref = valueFrom?.secretKeyRef;
    if (ref?.name === undefined) return [[name, value ?? ''] as const];
    const found = secretData(store, namespace, ref.name, ref.optional === true)[ref.key];
    if (found === undefined && ref.optional !== true) {
      throw new ContainerConfigError(`couldn't find key ${ref.key} in Secret ${namespace}/${ref.name}`);
    }
    return found === undefined ? [] : [[name, found] as const];
  });
  return Object.fromEntries([...fromSecrets, ...single]);
}

function secretData(store: Store, namespace: string, name: string, optional: boolean): Record<string, string> {
  const secret = store.find('secrets', { namespace, name });
  if (secret === undefined && !optional) throw new ContainerConfigError(`secret "${name}" not found`);
  return Object.fromEntries(
    Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

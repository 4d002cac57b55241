import type { KubernetesObject, ObjectMeta } from './objects.ts';
import type { Resource } from './resources.ts';
import type { Key } from './store-types.ts';

/** As the object looks when it has been through JSON. */
export function copy<T>(object: T): T {
  return JSON.parse(JSON.stringify(object)) as T;
}

/** A copy that nobody can change. */
export function frozen<T extends object>(object: T): T {
  const result = copy(object);
  freeze(result);
  return result;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.values(value).forEach(freeze);
  Object.freeze(value);
}

export function keyOf({ metadata }: KubernetesObject): Key {
  const { namespace, name = '' } = metadata ?? {};
  return { name, namespace };
}

export function mapKey({ namespace = '', name }: Key): string {
  return `${namespace}/${name}`;
}

/** RFC 3339, to the second, as the API writes times. */
export function timestamp(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Core objects without a status, a Secret for one, count no generations. */
export function hasGeneration({ group, status, name }: Resource): boolean {
  return status && (group !== '' || name === 'pods');
}

/** Whether a write took the last finalizer of an object that somebody has deleted. */
export function isFinalized({ metadata }: KubernetesObject, old: KubernetesObject): boolean {
  return metadata?.deletionTimestamp !== undefined && hasFinalizers(old) && !hasFinalizers({ metadata });
}

export function hasFinalizers({ metadata }: KubernetesObject): boolean {
  return (metadata?.finalizers ?? []).length > 0;
}

/** What of the object a generation is counted by. */
export function desired(object: KubernetesObject): object {
  return without(object, ['metadata', 'status']);
}

export function withoutStatus(object: KubernetesObject): KubernetesObject {
  return without(object, ['status']);
}

/** All that a write of which nothing else is new would still change. */
export function content(object: KubernetesObject): object {
  const metadata = without(object.metadata ?? {}, ['resourceVersion', 'managedFields']);
  return copy({ ...without(object, ['apiVersion', 'kind']), metadata });
}

/** Of the metadata, what its writers write. */
const WRITERS_OWN = ['labels', 'annotations', 'finalizers', 'ownerReferences'];

/** The metadata after a write: what the server keeps of the old, and the writer's part of the new. */
export function metadataAfter(old: ObjectMeta, written: ObjectMeta): ObjectMeta {
  const theirs = without(
    written,
    Object.keys(written).filter((key) => !WRITERS_OWN.includes(key)),
  );
  return { ...without(old, WRITERS_OWN), ...theirs };
}

function without<T extends object>(object: T, keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key))) as T;
}

import { isDeepStrictEqual } from 'node:util';
import type { ManagedFields } from './objects.ts';

/** `{"f:data": {"f:password": {}}}` */
type Fields = Record<string, unknown>;

/** Of the metadata, what the server alone writes. */
const SERVERS_OWN = new Set([
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.generateName',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
  'metadata.deletionGracePeriodSeconds',
  'metadata.managedFields',
]);

/** Who wrote. */
export type Writer = Omit<ManagedFields, 'fieldsType' | 'fieldsV1'>;

/**
 * Who owns which fields after a write: the writer owns what it changed, and nobody else does any more. Lists are one
 * field each, which the real server divides further; nobody here reads that far.
 */
export function managedFieldsAfter(
  before: readonly ManagedFields[],
  old: object,
  written: object,
  writer: Writer,
): ManagedFields[] {
  const changed = changedFields(old, written);
  const isWriters = (entry: ManagedFields): boolean =>
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.subresource === writer.subresource;
  const others = before
    .filter((entry) => !isWriters(entry))
    .map((entry) => ({ ...entry, fieldsV1: without(entry.fieldsV1, changed) }))
    .filter(({ fieldsV1 }) => Object.keys(fieldsV1).length > 0);
  const own = before.find(isWriters)?.fieldsV1 ?? {};
  return [...others, { ...writer, fieldsType: 'FieldsV1', fieldsV1: together(own, changed) }];
}

function changedFields(old: unknown, written: unknown, path = ''): Fields {
  if (!isObject(written)) return {};
  const before = isObject(old) ? old : {};
  return Object.fromEntries(
    Object.entries(written)
      .filter(([key, value]) => !SERVERS_OWN.has(`${path}${key}`) && !isDeepStrictEqual(before[key], value))
      .map(([key, value]) => [`f:${key}`, changedFields(before[key], value, `${path}${key}.`)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function together(own: Fields, changed: Fields): Fields {
  const result = { ...own };
  for (const [key, value] of Object.entries(changed)) {
    const before = result[key];
    result[key] = isObject(before) && isObject(value) ? together(before, value) : value;
  }
  return result;
}

function without(fields: Fields, changed: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => {
      const taken = changed[key];
      if (!isObject(taken)) return [[key, value]];
      const left = isObject(value) ? without(value, taken) : {};
      return Object.keys(left).length === 0 ? [] : [[key, left]];
    }),
  );
}

import { applyPatch, type Operation } from 'rfc6902';
import { ApiError } from './errors.ts';
import type { Patch } from './store-types.ts';

type Json = Record<string, unknown>;

/**
 * The object after the patch; what was given stays as it is.
 * @throws ApiError 422 for a JSON patch that does not fit, its failed `test` included.
 */
export function patched(object: object, patch: Patch): object {
  switch (patch.type) {
    case 'merge':
      return merged(object, patch.body) as object;
    case 'strategic':
    case 'apply':
      return strategicallyMerged(object as Json, patch.body as Json);
    case 'json':
      return jsonPatched(object, patch.body);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merged(result[key], value);
  }
  return result;
}

function jsonPatched(object: object, operations: readonly object[]): object {
  const result = structuredClone(object);
  const failures = applyPatch(result, operations as Operation[]).filter((error) => error !== null);
  if (failures[0] !== undefined) {
    throw new ApiError(
      422,
      'Invalid',
      `the server rejected our request due to an error in our request: ${failures[0].message}`,
    );
  }
  return result;
}

/** By which key the items of a list are told apart; every other list is replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  conditions: 'type',
  ownerReferences: 'uid',
};

/** `ports` of a Service are told apart by `port`, those of a container by `containerPort`. */
function mergeKey(field: string, items: readonly unknown[]): string | undefined {
  if (field !== 'ports') return MERGE_KEYS[field];
  return items.some((item) => isObject(item) && 'containerPort' in item) ? 'containerPort' : 'port';
}

/** Kubernetes' own kind of merge, with `$patch: delete` and `replace`; orders and retained keys are not looked at. */
function strategicallyMerged(target: Json, patch: Json): Json {
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    const before = result[key];
    if (value === null) Reflect.deleteProperty(result, key);
    else if (isObject(value)) result[key] = strategicallyMerged(isObject(before) ? before : {}, value);
    else if (Array.isArray(value)) result[key] = mergedList(key, Array.isArray(before) ? before : [], value);
    else result[key] = value;
  }
  return result;
}

function mergedList(field: string, before: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const key = mergeKey(field, [...before, ...patch]);
  if (key === undefined) return [...patch];
  const result = [...before];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const index = result.findIndex((other) => isObject(other) && other[key] === item[key]);
    const old = result[index];
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (isObject(old)) result[index] = strategicallyMerged(old, item);
    else result.push(strategicallyMerged({}, item));
  }
  return result;
}

function withoutDirectives(patch: Json): Json {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}

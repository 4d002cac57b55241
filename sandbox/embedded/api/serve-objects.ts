import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { parse } from 'yaml';
import { ApiError } from './errors.ts';
import type { Kinds, KubernetesObject, ResourceName } from './objects.ts';
import type { Pages } from './pages.ts';
import type { RequestInfo } from './request-info.ts';
import { apiVersionOf, qualifiedName } from './resources.ts';
import type { Key, Patch, Store, WriteOptions } from './store-types.ts';

export interface Answer {
  readonly code: number;
  readonly body: object;
}

/** A request whose head was read. */
export type ApiRequest = AsyncIterable<Buffer> & Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

const PATCH_TYPES: Readonly<Record<string, Patch['type']>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

const deleteOptionsSchema = z.object({
  gracePeriodSeconds: z.number().optional(),
  preconditions: z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() }).default({}),
  dryRun: z.array(z.string()).default([]),
});

/** get, list, create, update, patch and delete, of an object or of its status. */
export async function serveObjects(
  store: Store,
  pages: Pages,
  info: RequestInfo,
  request: ApiRequest,
): Promise<Answer> {
  const { resource, query } = info;
  const options = writeOptions(info, request);
  switch (info.verb) {
    case 'get':
      return { code: 200, body: store.get(resource.name, keyOf(info)) };
    case 'list':
      return { code: 200, body: list(store, pages, info) };
    case 'create': {
      const created = store.create(resource.name, namedBy(info, await readObject(request)), options);
      return { code: 201, body: created };
    }
    case 'update':
      return { code: 200, body: store.update(resource.name, namedBy(info, await readObject(request)), options) };
    case 'patch':
      return patch(store, info, await readPatch(request), options);
    case 'delete': {
      const given = deleteOptionsSchema.parse(await readObject(request));
      const grace = query.get('gracePeriodSeconds') ?? given.gracePeriodSeconds;
      const deleted = store.delete(resource.name, keyOf(info), {
        ...defined({ uid: given.preconditions.uid, resourceVersion: given.preconditions.resourceVersion }),
        ...(grace !== undefined && { gracePeriodSeconds: Number(grace) }),
        dryRun: options.dryRun === true || given.dryRun.includes('All'),
      });
      return { code: 200, body: deletionAnswer(info, deleted) };
    }
    case 'watch':
      throw new TypeError('a watch is served elsewhere');
  }
}

function patch(store: Store, info: RequestInfo, change: Patch, options: WriteOptions): Answer {
  if (info.subresource === 'status' && change.type === 'apply')
    throw ApiError.badRequest('a status cannot be applied here');
  const existed = store.find(info.resource.name, keyOf(info)) !== undefined;
  return { code: existed ? 200 : 201, body: store.patch(info.resource.name, keyOf(info), change, options) };
}

function list(store: Store, pages: Pages, { resource, namespace, query }: RequestInfo): object {
  const selectors = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
  };
  const limit = Number(query.get('limit') ?? 0);
  if (!Number.isInteger(limit) || limit < 0) throw ApiError.badRequest(`invalid limit: ${query.get('limit') ?? ''}`);
  const token = query.get('continue') ?? '';
  const { version, items, next, left } =
    token === ''
      ? pages.first(resource.name, store.list(resource.name, { namespace, ...selectors }), limit)
      : pages.next(resource.name, token, limit);
  // With a selector the real API server does not know how many are left.
  const counted = left > 0 && selectors.labelSelector === '' && selectors.fieldSelector === '';
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(version),
      continue: next,
      ...(counted && { remainingItemCount: left }),
    },
    // The items of a built-in list carry neither; those of a custom resource do.
    items: resource.custom ? items : items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined })),
  };
}

/** Deleted at once: a Status; only marked: the object as it is now. */
function deletionAnswer({ resource, name = '' }: RequestInfo, deleted: KubernetesObject): object {
  if (deleted.metadata?.deletionTimestamp !== undefined) return deleted;
  const details = { name, kind: qualifiedName(resource), uid: deleted.metadata?.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function writeOptions({ subresource, query }: RequestInfo, request: ApiRequest): WriteOptions {
  const agent = request.headers['user-agent'] ?? '';
  return {
    manager: query.get('fieldManager') ?? (agent.split('/')[0] || 'unknown'),
    dryRun: query.getAll('dryRun').includes('All'),
    ...(subresource === 'status' && { subresource: 'status' as const }),
  };
}

export function keyOf({ namespace, name = '' }: RequestInfo): Key {
  return { name, namespace };
}

/** The object, with the namespace of the path. */
function namedBy({ namespace, name }: RequestInfo, object: KubernetesObject): Kinds[ResourceName] {
  const given = object.metadata ?? {};
  if (name !== undefined && given.name !== undefined && given.name !== name) {
    throw ApiError.badRequest(`the name of the object (${given.name}) does not match the name on the URL (${name})`);
  }
  if (namespace !== undefined && given.namespace !== undefined && given.namespace !== namespace) {
    throw ApiError.badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const metadata = { ...given, ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) };
  return { ...object, metadata };
}

async function readPatch(request: ApiRequest): Promise<Patch> {
  const type = PATCH_TYPES[(request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''];
  if (type === undefined) {
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCH_TYPES).join(', ')}`,
    );
  }
  const body = await readBody(request);
  if (type === 'json' && !Array.isArray(body)) throw ApiError.badRequest('a JSON patch is a list of operations');
  return { type, body } as Patch;
}

export async function readObject(request: ApiRequest): Promise<KubernetesObject> {
  return await readBody(request);
}

/** JSON, or YAML where the client applies; nothing at all is an empty object. */
async function readBody(request: ApiRequest): Promise<object> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new ApiError(413, 'RequestEntityTooLarge', 'limit is 3145728');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  const type = request.headers['content-type'] ?? '';
  try {
    const body: unknown = type.includes('yaml') ? parse(text) : JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // What did not parse is not quoted: it may hold a password.
  }
  throw ApiError.badRequest('the object provided is unrecognized: couldn’t parse the body');
}

function defined<T extends object>(values: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}

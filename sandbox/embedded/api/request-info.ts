import { ApiError } from './errors.ts';
import type { ResourceName } from './objects.ts';
import { RESOURCES, type Resource } from './resources.ts';

/** What a request is about, in the words of authorization. */
export interface RequestInfo {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly query: URLSearchParams;
}

const SUBRESOURCES: Readonly<Record<string, readonly string[]>> = {
  pods: ['log', 'exec', 'portforward'],
  serviceaccounts: ['token'],
};

/**
 * `/api/v1/namespaces/x/secrets/y`, `/apis/apps/v1/deployments`, … Query and all.
 * @throws ApiError 404 when no resource is served there, 405 for a method that it does not know.
 */
export function parseRequest(method: string, url: URL, missing: ReadonlySet<ResourceName>): RequestInfo {
  const [root, ...rest] = url.pathname.split('/').filter((part) => part !== '');
  const group = root === 'apis' ? (rest.shift() ?? '') : '';
  const version = rest.shift() ?? '';
  // A namespace is itself a resource: `namespaces/x`, but not `namespaces/x/secrets`.
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const namespace = inNamespace ? decode(rest[1]) : undefined;
  const [plural, name, subresource, ...more] = inNamespace ? rest.slice(2) : rest;
  const resource = RESOURCES.find(
    (one) =>
      one.group === group && one.version === version && one.name === plural && (root === 'api') === (group === ''),
  );
  const served =
    resource !== undefined &&
    !missing.has(resource.name) &&
    more.length === 0 &&
    (resource.namespaced || namespace === undefined) &&
    (name === undefined || !resource.namespaced || namespace !== undefined) &&
    (subresource === undefined || hasSubresource(resource, subresource));
  if (!served) throw pageNotFound();
  const query = url.searchParams;
  return {
    verb: verbOf(method, name !== undefined, query),
    resource,
    query,
    namespace,
    ...(name !== undefined && { name: decode(name) }),
    subresource,
  };
}

export function pageNotFound(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource');
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

function hasSubresource({ name, status }: Resource, subresource: string): boolean {
  return (status && subresource === 'status') || SUBRESOURCES[name]?.includes(subresource) === true;
}

function verbOf(method: string, named: boolean, query: URLSearchParams): RequestInfo['verb'] {
  if (method === 'GET') {
    if (named) return 'get';
    return isTrue(query.get('watch')) ? 'watch' : 'list';
  }
  if (method === 'POST') return 'create';
  if (method === 'PUT' && named) return 'update';
  if (method === 'PATCH' && named) return 'patch';
  if (method === 'DELETE' && named) return 'delete';
  throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

function decode(part = ''): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw ApiError.badRequest(`the path is not percent-encoded: ${part}`);
  }
}

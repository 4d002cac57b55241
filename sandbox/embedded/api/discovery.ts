import type { ResourceName } from './objects.ts';
import { RESOURCES, apiVersionOf, type Resource } from './resources.ts';

const ALL_VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** The version of Kubernetes whose behaviour the server has. */
const GIT_VERSION = 'v1.34.4+embedded';

/** What the server tells of itself, by path; `undefined` for any other path. @param missing kinds that it does not know. */
export function discover(path: string, missing: ReadonlySet<ResourceName>): object | undefined {
  const resources = RESOURCES.filter(({ name }) => !missing.has(name));
  switch (path) {
    case '/version':
      return { major: '1', minor: '34', gitVersion: GIT_VERSION, platform: `${process.platform}/${process.arch}` };
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(resources).map(describeGroup) };
  }
  const group = groups(resources).find(({ group: name }) => path === `/apis/${name}`);
  if (group !== undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(group) };
  const found = resources.filter((resource) => path === rootOf(resource));
  return found[0] === undefined ? undefined : resourceList(found[0], found);
}

/** `/api/v1`, `/apis/apps/v1` */
function rootOf(resource: Resource): string {
  return `${resource.group === '' ? '/api' : '/apis'}/${apiVersionOf(resource)}`;
}

/** One resource of each named group. */
function groups(resources: readonly Resource[]): Resource[] {
  return [...new Map(resources.filter(({ group }) => group !== '').map((one) => [one.group, one])).values()];
}

function describeGroup(resource: Resource): object {
  const version = { groupVersion: apiVersionOf(resource), version: resource.version };
  return { name: resource.group, versions: [version], preferredVersion: version };
}

function resourceList(of: Resource, resources: readonly Resource[]): object {
  const entries = resources.flatMap(({ name, kind, namespaced, status, short }) => {
    const shortNames = short === undefined ? [] : [short];
    const entry = { name, singularName: kind.toLowerCase(), shortNames, namespaced, kind, verbs: ALL_VERBS };
    return status
      ? [entry, { ...entry, name: `${name}/status`, shortNames: [], verbs: ['get', 'patch', 'update'] }]
      : [entry];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(of), resources: entries };
}

import { randomBytes } from 'node:crypto';
import { ApiError } from './errors.ts';
import type { Kinds } from './objects.ts';
import type { RequestInfo } from './request-info.ts';
import { selectedName } from './selectors.ts';
import type { Store } from './store-types.ts';

export type User =
  { readonly kind: 'administrator' } | { readonly kind: 'account'; readonly namespace: string; readonly name: string };

type Rule = NonNullable<Kinds['roles']['rules']>[number];
type Binding = Pick<Kinds['rolebindings'], 'roleRef' | 'subjects'>;

/** A question to RBAC. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Who may ask, and what they may do: bearer tokens, and the Roles and bindings that are in the store. */
export class Authorization {
  readonly administratorToken = newToken();
  readonly #accounts = new Map<string, User>();

  constructor(private readonly store: Store) {}

  /** @throws ApiError 401. */
  authenticate(header: string | undefined): User {
    const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '';
    if (token === this.administratorToken) return { kind: 'administrator' };
    const account = this.#accounts.get(token);
    if (account === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
    return account;
  }

  /** A new token of a ServiceAccount; it is good until the server ends. */
  issueToken(namespace: string, name: string): string {
    const token = newToken();
    this.#accounts.set(token, { kind: 'account', namespace, name });
    return token;
  }

  /** @throws ApiError 403. */
  authorize(user: User, request: RequestInfo): void {
    const { verb, resource, subresource } = request;
    // As in Kubernetes, a request for a namespace counts as one within it.
    const namespace = request.namespace ?? (resource.name === 'namespaces' ? request.name : undefined);
    // A list or watch of one object by its name counts as a request for that name.
    const name = request.name ?? selectedName(request.query.get('fieldSelector') ?? '');
    const asked = {
      verb,
      group: resource.group,
      resource: resource.name,
      namespace,
      name,
      subresource,
    };
    if (!this.allows(user, asked)) throw forbidden(user, asked);
  }

  allows(user: User, asked: Attributes): boolean {
    return user.kind === 'administrator' || this.#rulesFor(user, asked.namespace).some((rule) => covers(rule, asked));
  }

  #rulesFor(user: User & { kind: 'account' }, namespace: string | undefined): Rule[] {
    const clusterWide = this.store.list('clusterrolebindings').filter((binding) => names(binding, user));
    const ofNamespace =
      namespace === undefined
        ? []
        : this.store.list('rolebindings', { namespace }).filter((binding) => names(binding, user));
    return [...clusterWide, ...ofNamespace].flatMap(({ roleRef: { kind, name } }) => {
      const role =
        kind === 'ClusterRole'
          ? this.store.find('clusterroles', { name })
          : this.store.find('roles', { name, namespace });
      return role?.rules ?? [];
    });
  }
}

function names({ subjects = [] }: Binding, user: User & { kind: 'account' }): boolean {
  const groups = ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${user.namespace}`];
  return subjects.some(({ kind, namespace, name }) => {
    if (kind === 'Group') return groups.includes(name);
    if (kind === 'User') return name === `system:serviceaccount:${user.namespace}:${user.name}`;
    return namespace === user.namespace && name === user.name;
  });
}

function covers({ verbs, apiGroups = [], resources = [], resourceNames = [] }: Rule, asked: Attributes): boolean {
  const { subresource = '' } = asked;
  const resource = subresource === '' ? asked.resource : `${asked.resource}/${subresource}`;
  return (
    includes(verbs, asked.verb) &&
    includes(apiGroups, asked.group) &&
    (includes(resources, resource) || (subresource !== '' && resources.includes(`*/${subresource}`))) &&
    (resourceNames.length === 0 || resourceNames.includes(asked.name ?? ''))
  );
}

function includes(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}

function forbidden(user: User, { verb, group, resource, subresource, namespace, name }: Attributes): ApiError {
  const who = user.kind === 'administrator' ? 'admin' : `system:serviceaccount:${user.namespace}:${user.name}`;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const which = name === undefined ? '' : ` "${name}"`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  return new ApiError(
    403,
    'Forbidden',
    `${qualified}${which} is forbidden: User "${who}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`,
  );
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

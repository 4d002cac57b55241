import { isDeepStrictEqual } from 'node:util';
import { passwordProblem } from '../cnpg/password-mode.ts';
import { ApiError } from './errors.ts';
import type { Kinds, KubernetesObject } from './objects.ts';
import type { Resource } from './resources.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** A DNS subdomain. */
const NAME = /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/;

/**
 * What the API server itself demands of an object, as far as a rotation could run into it.
 * @throws ApiError 422.
 */
export function validate(resource: Resource, object: KubernetesObject, old: KubernetesObject | undefined): void {
  const name = object.metadata?.name ?? '';
  if (!NAME.test(name) || name.length > 253) {
    throw ApiError.invalid(
      resource.kind,
      name,
      `metadata.name: Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`,
    );
  }
  if (resource.name === 'secrets') validateSecret(object, old);
  if (resource.name === 'databaseroles') validateDatabaseRole(object, old);
}

/** The rules of CNPG's CustomResourceDefinition (`api/v1/databaserole_types.go`, 1.30.0). */
function validateDatabaseRole(object: Kinds['databaseroles'], old: Kinds['databaseroles'] | undefined): void {
  const { spec = {} } = object;
  const refuse = (where: string, why: string): never => {
    throw ApiError.invalid('DatabaseRole', object.metadata?.name ?? '', `${where}: Invalid value: "object": ${why}`);
  };
  const { name, cluster, passwordSecret, disablePassword, databaseRoleReclaimPolicy: policy } = spec;
  if (old !== undefined && old.spec?.['name'] !== name) refuse('spec', 'name is immutable');
  if (old !== undefined && !isDeepStrictEqual(old.spec?.['cluster'], cluster))
    refuse('spec.cluster', 'cluster reference is immutable after creation');
  if (spec['ensure'] === 'absent')
    refuse(
      'spec',
      'ensure: absent is not supported for DatabaseRole; delete the resource with databaseRoleReclaimPolicy: delete instead',
    );
  if (typeof name !== 'string' || name === '') refuse('spec', 'role name must not be empty');
  if (/^(postgres|streaming_replica)$|^(pg|cnpg)_/.test(String(name))) refuse('spec', 'the role name is reserved');
  if (passwordSecret !== undefined && disablePassword === true)
    refuse('spec', 'passwordSecret and disablePassword are mutually exclusive');
  const problem = passwordProblem(spec, old?.spec?.['password']);
  if (problem !== undefined) refuse('spec', problem);
  if (policy !== undefined && policy !== 'delete' && policy !== 'retain')
    refuse('spec.databaseRoleReclaimPolicy', 'supported values: "delete", "retain"');
}

function validateSecret(secret: Kinds['secrets'], old: Kinds['secrets'] | undefined): void {
  const name = secret.metadata?.name ?? '';
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    // The value is not quoted: it may be a password.
    if (!BASE64.test(value))
      throw ApiError.badRequest(
        `Secret in version "v1" cannot be handled as a Secret: illegal base64 data in key "${key}"`,
      );
  }
  if (old === undefined) return;
  if (old.type !== secret.type) {
    throw ApiError.invalid('Secret', name, 'type: Invalid value: field is immutable');
  }
  if (old.immutable === true && (secret.immutable !== true || !isDeepStrictEqual(old.data, secret.data))) {
    throw ApiError.invalid('Secret', name, 'data: Forbidden: field is immutable when `immutable` is set');
  }
}

/** What the API server fills in. */
export function withDefaults(resource: Resource, object: KubernetesObject): KubernetesObject {
  if (resource.name === 'databaseroles') return withDatabaseRoleDefaults(object);
  if (resource.name !== 'secrets') return object;
  const { stringData = {}, data, ...secret } = object as Kinds['secrets'];
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const);
  const all = { ...data, ...Object.fromEntries(encoded) };
  return {
    ...secret,
    type: secret.type ?? 'Opaque',
    ...(Object.keys(all).length > 0 && { data: all }),
  } as KubernetesObject;
}

function withDatabaseRoleDefaults(role: Kinds['databaseroles']): KubernetesObject {
  const defaults = { ensure: 'present', inherit: true, connectionLimit: -1, databaseRoleReclaimPolicy: 'retain' };
  const { metadata } = role;
  return { ...role, metadata, spec: { ...defaults, ...role.spec } } as KubernetesObject;
}

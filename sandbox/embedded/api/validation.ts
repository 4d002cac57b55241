import { isDeepStrictEqual } from 'node:util';
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

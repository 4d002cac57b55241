import { createHash } from 'node:crypto';
import type { SecretData } from '../domain/secrets/secret-data.ts';

/** Reloader's hash of a Secret: hex SHA-1 over `key=value` of its decoded data, sorted by key, joined with `;`. */
export function reloaderHash(data: SecretData): string {
  const hash = createHash('sha1');
  Object.keys(data)
    .map((key) => Buffer.concat([Buffer.from(`${key}=`), data[key] ?? Buffer.alloc(0)]))
    .sort((a, b) => Buffer.compare(a, b))
    .forEach((pair, index) => hash.update(index === 0 ? pair : Buffer.concat([Buffer.from(';'), pair])));
  return hash.digest('hex');
}

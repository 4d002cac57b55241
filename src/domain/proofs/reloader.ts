import { hasFields } from '../has-fields.ts';
import type { Annotations } from '../reloader/index.ts';

/* How Reloader (v1.1.0 … v1.4.21) marks a pod template: with a hash of the Secret. */

/** The environment variable that the strategy `env-vars` sets: `litellm-db-secret` → `STAKATER_LITELLM_DB_SECRET_SECRET`. */
export function reloaderVariable(secret: string): string {
  return `STAKATER_${secret.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_SECRET`;
}

const LAST_RELOADED_FROM = 'reloader.stakater.com/last-reloaded-from';

/** The hash of this Secret that the strategy `annotations` wrote to a pod template (or to a pod made from it). */
export function hashInAnnotation(annotations: Annotations, secret: string): string | undefined {
  const value = annotations[LAST_RELOADED_FROM];
  if (value === undefined) return undefined;
  try {
    const source: unknown = JSON.parse(value);
    return hasFields<{ name: string; hash: string }>(source, 'name', 'hash') && source.name === secret
      ? source.hash
      : undefined;
  } catch {
    return undefined;
  }
}

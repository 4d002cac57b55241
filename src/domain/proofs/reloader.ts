import { hasFields } from '../has-fields.ts';

/*
 * Reloader's public behaviour (v1.1.0 … v1.4.21), as far as a rotation leans on it: whose changes it
 * reacts to, and the hash of the Secret that it leaves on the pod template.
 */

export type Annotations = Readonly<Record<string, string>>;

/** The environment variable that the strategy `env-vars` sets: `litellm-db-secret` → `STAKATER_LITELLM_DB_SECRET_SECRET`. */
export function reloaderVariable(secret: string): string {
  return `STAKATER_${secret.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_SECRET`;
}

const LAST_RELOADED_FROM = 'reloader.stakater.com/last-reloaded-from';

/** The hash of this Secret with which the strategy `annotations` marked a pod template (or a pod made from it). */
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

/**
 * Whether Reloader reacts to a change of the Secret for a workload whose pods reference it. The workload's
 * own annotations count; those of its pod template only when the workload has none of them.
 */
export function watchedByReloader(workload: Annotations, podTemplate: Annotations, secret: string): boolean {
  const annotations = hasReloaderKey(workload) ? workload : podTemplate;
  if (annotations['reloader.stakater.com/auto'] === 'true') return true;
  if (annotations['secret.reloader.stakater.com/auto'] === 'true') return true;
  const listed = annotations['secret.reloader.stakater.com/reload'];
  return listed !== undefined && listed.split(',').some((pattern) => matches(pattern.trim(), secret));
}

/** Whether Reloader's annotation stands on the pod template, and none on the workload. */
export function annotatedOnTemplateOnly(workload: Annotations, podTemplate: Annotations): boolean {
  return !hasReloaderKey(workload) && hasReloaderKey(podTemplate);
}

function hasReloaderKey(annotations: Annotations): boolean {
  return Object.keys(annotations).some((key) => RELOADER_KEYS.has(key));
}

const RELOADER_KEYS: ReadonlySet<string> = new Set([
  'reloader.stakater.com/auto',
  'secret.reloader.stakater.com/auto',
  'secret.reloader.stakater.com/reload',
]);

function matches(pattern: string, secret: string): boolean {
  try {
    return new RegExp(`^${pattern}$`).test(secret);
  } catch {
    return false;
  }
}

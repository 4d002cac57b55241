import type { WorkloadKind } from '../component.ts';
import { hasFields } from '../has-fields.ts';

/*
 * The public behaviour of Reloader (v1.1.0 … v1.4.21) that a rotation needs: to whose changes Reloader reacts, and
 * which hash of the Secret it writes to the pod template.
 */

export type Annotations = Readonly<Record<string, string>>;

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

/**
 * Whether Reloader reacts to a change of the Secret for a workload whose pods reference the Secret. The workload's own
 * annotations count. The annotations of its pod template count only when the workload has no Reloader annotation.
 */
export function watchedByReloader(workload: Annotations, podTemplate: Annotations, secret: string): boolean {
  const annotations = hasReloaderKey(workload) ? workload : podTemplate;
  if (annotations['reloader.stakater.com/auto'] === 'true') return true;
  if (annotations['secret.reloader.stakater.com/auto'] === 'true') return true;
  const listed = annotations['secret.reloader.stakater.com/reload'];
  return listed !== undefined && listed.split(',').some((pattern) => matches(pattern.trim(), secret));
}

/** Reloader knows no ReplicaSets. A Rollout is restarted by its own field, whether Reloader changes it or not. */
export function isReloaders(kind: WorkloadKind): boolean {
  return kind !== 'ReplicaSet' && kind !== 'Rollout';
}

/** Whether the pod template has Reloader's annotation and the workload has none. */
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

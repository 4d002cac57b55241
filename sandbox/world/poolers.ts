import type { LoadedWorld } from './load.ts';
import type { KubernetesManifest } from './schema.ts';

/** Whether a world needs PgBouncer, which the real sandbox has only where somebody needs it. */
export function hasPooler({ objects, cluster, unplayable }: LoadedWorld): boolean {
  return cluster.real && unplayable === undefined && objects.some(isPooler);
}

export function isPooler({ kind }: KubernetesManifest): boolean {
  return kind === 'Pooler';
}

/** A Pooler runs the PgBouncer that the sandbox has, and is as small as a sandbox wants it. */
export function withPgbouncer(object: KubernetesManifest, image: string | undefined): KubernetesManifest {
  if (!isPooler(object) || image === undefined) return object;
  const container = { name: 'pgbouncer', image, resources: { requests: { cpu: '10m', memory: '16Mi' } } };
  return { ...object, spec: { template: { spec: { containers: [container] } }, ...(object['spec'] as object) } };
}

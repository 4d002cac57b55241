import { createHash } from 'node:crypto';
import type { Kinds } from '../api/index.ts';
import type { PodSpec } from '../pods/environment.ts';
import { flag, type ReloaderOptions } from './reloader-options.ts';

const LAST_RELOADED = 'reloader.stakater.com/last-reloaded-from';

type Container = PodSpec['containers'][number];

/** A merge patch of a workload. */
interface Mark {
  readonly spec: {
    readonly template: {
      readonly metadata?: { readonly annotations: Readonly<Record<string, string>> };
      readonly spec?: {
        readonly containers: readonly {
          readonly name: string;
          readonly env: readonly { readonly name: string; readonly value: string }[];
        }[];
      };
    };
  };
}

/** SHA-1 over key=value, decoded, sorted by key, joined with a semicolon. */
export function secretHash({ data = {} }: Kinds['secrets']): string {
  const pairs = Object.entries(data).map(([key, value]) => `${key}=${Buffer.from(value, 'base64').toString('utf8')}`);
  return createHash('sha1').update(pairs.sort().join(';')).digest('hex');
}

/** @returns undefined where the pod template has this mark already: a variable of another Reloader, say. */
export function markOf(
  options: ReloaderOptions,
  pod: PodSpec,
  container: Container,
  secret: Kinds['secrets'],
): Mark | undefined {
  const hash = secretHash(secret);
  const { name = '', namespace = '' } = secret.metadata ?? {};
  if (flag(options, 'reload-strategy') === 'annotations') {
    const observedAt = Math.floor(Date.now() / 1_000);
    const containerRefs = [container.name];
    const mark = JSON.stringify({ type: 'SECRET', name, namespace, hash, containerRefs, observedAt });
    return { spec: { template: { metadata: { annotations: { [LAST_RELOADED]: mark } } } } };
  }
  // `litellm-db-secret` → `STAKATER_LITELLM_DB_SECRET_SECRET`
  const variable = `STAKATER_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_SECRET`;
  const marked = pod.containers.find(({ env }) => env?.some((one) => one.name === variable)) ?? container;
  if (marked.env?.some((one) => one.name === variable && one.value === hash) === true) return undefined;
  const env = [{ name: variable, value: hash }];
  return { spec: { template: { spec: { containers: [{ name: marked.name, env }] } } } };
}

/** A Secret that only an init container reads marks the first container. */
export function containerThatReads(pod: PodSpec, secret: string): Container | undefined {
  const volumes = (pod.volumes ?? [])
    .filter(
      ({ secret: one, projected }) =>
        one?.secretName === secret || projected?.sources?.some((source) => source.secret?.name === secret) === true,
    )
    .map(({ name }) => name);
  const reads = ({ env, envFrom, volumeMounts }: Container): boolean =>
    env?.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret) === true ||
    envFrom?.some(({ secretRef }) => secretRef?.name === secret) === true ||
    volumeMounts?.some(({ name }) => volumes.includes(name)) === true;
  return pod.containers.find(reads) ?? (pod.initContainers?.some(reads) === true ? pod.containers[0] : undefined);
}

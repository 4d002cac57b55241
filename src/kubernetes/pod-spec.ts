import type { V1PodSpec } from '@kubernetes/client-node';

/** Whether a pod reads the Secret: by an environment variable, `envFrom`, a volume or a projected volume. */
export function readsSecret(spec: V1PodSpec, secret: string): boolean {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const byEnvironment = containers.some(
    ({ env, envFrom }) =>
      env?.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret) === true ||
      envFrom?.some(({ secretRef }) => secretRef?.name === secret) === true,
  );
  const byVolume = (spec.volumes ?? []).some(
    (volume) =>
      volume.secret?.secretName === secret ||
      volume.projected?.sources?.some((source) => source.secret?.name === secret) === true,
  );
  return byEnvironment || byVolume;
}

/** The value of an environment variable in any container of the pod. */
export function environmentValue(spec: V1PodSpec, variable: string): string | undefined {
  return [...spec.containers, ...(spec.initContainers ?? [])]
    .flatMap(({ env }) => env ?? [])
    .find(({ name }) => name === variable)?.value;
}

import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { WorkloadRef } from '../domain/component.ts';
import type { ContainerEnvironment, EnvironmentVariable } from '../domain/secret-plan/world.ts';

/** Whether a pod reads the Secret: by an environment variable, `envFrom`, a volume or a projected volume. */
export function readsSecret(spec: V1PodSpec, secret: string): boolean {
  return (
    containersOf(spec).some((container) => readsByEnvironment(container, secret)) || volumesOf(spec, secret).length > 0
  );
}

/** Whether each container that reads the Secret says by a readiness probe when it is ready. */
export function readersAreProbed(spec: V1PodSpec, secret: string): boolean {
  const volumes = volumesOf(spec, secret);
  const readers = spec.containers.filter(
    (container) =>
      readsByEnvironment(container, secret) ||
      container.volumeMounts?.some(({ name }) => volumes.includes(name)) === true,
  );
  // Only an init container reads the Secret. Then the probe of any container counts.
  if (readers.length === 0) return spec.containers.some(({ readinessProbe }) => readinessProbe !== undefined);
  return readers.every(({ readinessProbe }) => readinessProbe !== undefined);
}

function readsByEnvironment({ env, envFrom }: V1Container, secret: string): boolean {
  return (
    env?.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret) === true ||
    envFrom?.some(({ secretRef }) => secretRef?.name === secret) === true
  );
}

/** The pod's volumes that hold the Secret. */
function volumesOf(spec: V1PodSpec, secret: string): readonly string[] {
  return (spec.volumes ?? [])
    .filter(
      (volume) =>
        volume.secret?.secretName === secret ||
        volume.projected?.sources?.some((source) => source.secret?.name === secret) === true,
    )
    .map(({ name }) => name);
}

/** The value of an environment variable in any container of the pod. */
export function environmentValue(spec: V1PodSpec, variable: string): string | undefined {
  return containersOf(spec)
    .flatMap(({ env }) => env ?? [])
    .find(({ name }) => name === variable)?.value;
}

/** The values of the ConfigMaps that could be read, by the ConfigMap's name. */
export type ConfigMapValues = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** The environment of each container, as far as the pod's specification, ConfigMaps and Secrets say it. */
export function environmentsOf(
  spec: V1PodSpec,
  workload: WorkloadRef,
  configMaps: ConfigMapValues,
): readonly ContainerEnvironment[] {
  return containersOf(spec).map((container) => ({
    workload,
    container: container.name,
    variables: variablesOf(container, configMaps),
  }));
}

/** The ConfigMaps in the environment of containers that also read a Secret. */
export function configMapsBesideSecrets(spec: V1PodSpec): readonly string[] {
  return containersOf(spec)
    .filter(
      ({ env, envFrom }) =>
        env?.some(({ valueFrom }) => valueFrom?.secretKeyRef) === true || envFrom?.some(({ secretRef }) => secretRef),
    )
    .flatMap(({ env = [], envFrom = [] }) => [
      ...env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? []),
      ...envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? []),
    ]);
}

export function containersOf(spec: V1PodSpec): readonly V1Container[] {
  return [...spec.containers, ...(spec.initContainers ?? [])];
}

/** Kubernetes reads `envFrom` first, so a variable of `env` wins. */
function variablesOf(
  { env = [], envFrom = [] }: V1Container,
  configMaps: ConfigMapValues,
): readonly EnvironmentVariable[] {
  return [
    ...envFrom.flatMap(({ secretRef, configMapRef, prefix = '' }): EnvironmentVariable[] => {
      if (secretRef?.name !== undefined) return [{ allOf: secretRef.name, prefix }];
      const values = configMaps.get(configMapRef?.name ?? '') ?? {};
      return Object.entries(values).map(([key, value]) => ({ name: `${prefix}${key}`, value }));
    }),
    ...env.flatMap(({ name, value, valueFrom }): EnvironmentVariable[] => {
      const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
      if (secretKeyRef?.name !== undefined) return [{ name, secret: secretKeyRef.name, key: secretKeyRef.key }];
      const text = value ?? configMaps.get(configMapKeyRef?.name ?? '')?.[configMapKeyRef?.key ?? ''];
      return text === undefined ? [] : [{ name, value: text }];
    }),
  ];
}

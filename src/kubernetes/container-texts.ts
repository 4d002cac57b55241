import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import type { ConsumerRef } from '../domain/component.ts';
import type { ContainerTexts, MountedFiles, TextSource, TextVariable } from '../domain/consumers/texts.ts';
import { containersOf } from './pod-spec.ts';

/** The texts of each container of a pod, init containers included. */
export function containerTexts(spec: V1PodSpec, holder: ConsumerRef, idle: boolean): readonly ContainerTexts[] {
  const asVolumes = (spec.volumes ?? []).flatMap(({ configMap, projected }) => [
    ...namesOf(configMap),
    ...(projected?.sources ?? []).flatMap((source) => namesOf(source.configMap)),
  ]);
  return containersOf(spec).map((container) => {
    const variables = variablesOf(container);
    const asVariables = variables.flatMap((one) =>
      'from' in one && one.from.kind === 'ConfigMap' ? [one.from.name] : [],
    );
    return {
      holder,
      idle,
      container: container.name,
      variables,
      commands: commandsOf(container),
      configMaps: [...new Set([...asVolumes, ...asVariables])],
      files: filesOf(container, spec.volumes),
    };
  });
}

/** The Secrets and ConfigMaps among the container's mounts. */
function filesOf({ volumeMounts = [] }: V1Container, volumes: readonly V1Volume[] = []): readonly MountedFiles[] {
  return volumeMounts.flatMap(({ name, mountPath, subPath }) => {
    const volume = volumes.find((one) => one.name === name);
    const files = volume === undefined ? [] : filesOfVolume(volume);
    if (subPath === undefined || subPath === '')
      return files.map((one) => ({ ...one, path: joined(mountPath, one.path) }));
    return files.flatMap((one) => {
      if (one.key === undefined) return [{ ...one, key: subPath, path: mountPath }];
      return one.path === subPath ? [{ ...one, path: mountPath }] : [];
    });
  });
}

/** The paths are those within the volume. */
function filesOfVolume({ secret, configMap, projected }: V1Volume): readonly MountedFiles[] {
  return [
    ...items('Secret', { name: secret?.secretName, items: secret?.items }),
    ...items('ConfigMap', configMap),
    ...(projected?.sources ?? []).flatMap((one) => [
      ...items('Secret', one.secret),
      ...items('ConfigMap', one.configMap),
    ]),
  ];
}

interface Projection {
  readonly name?: string;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

function items(kind: TextSource['kind'], projection: Projection | undefined): readonly MountedFiles[] {
  return sources(kind, projection).flatMap((from): readonly MountedFiles[] =>
    projection?.items === undefined
      ? [{ from, path: '' }]
      : projection.items.map(({ key, path }) => ({ from, key, path })),
  );
}

function joined(directory: string, path: string): string {
  return `${directory.replace(/\/+$/, '')}${path === '' ? '' : `/${path}`}`;
}

/** Kubernetes reads `envFrom` first, so a variable of `env` wins. */
function variablesOf({ env = [], envFrom = [] }: V1Container): readonly TextVariable[] {
  return [
    ...envFrom.flatMap(({ secretRef, configMapRef, prefix = '' }): TextVariable[] =>
      [...sources('Secret', secretRef), ...sources('ConfigMap', configMapRef)].map((from) => ({ prefix, from })),
    ),
    ...env.flatMap(({ name, value, valueFrom }): TextVariable[] => {
      if (value !== undefined) return [{ name, value }];
      const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
      const key = secretKeyRef?.key ?? configMapKeyRef?.key ?? '';
      return [...sources('Secret', secretKeyRef), ...sources('ConfigMap', configMapKeyRef)].map((from) => ({
        name,
        from,
        key,
      }));
    }),
  ];
}

/** What the container runs, and what the kubelet runs in it. */
function commandsOf(container: V1Container): Readonly<Record<string, string>> {
  const { command, args, livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  return Object.fromEntries([
    ...numbered('command', command),
    ...numbered('args', args),
    ...numbered('livenessProbe command', livenessProbe?.exec?.command),
    ...numbered('readinessProbe command', readinessProbe?.exec?.command),
    ...numbered('startupProbe command', startupProbe?.exec?.command),
    ...numbered('postStart command', lifecycle?.postStart?.exec?.command),
    ...numbered('preStop command', lifecycle?.preStop?.exec?.command),
  ]);
}

function numbered(name: string, texts: readonly string[] = []): readonly (readonly [string, string])[] {
  return texts.map((text, index) => [`${name}[${index}]`, text] as const);
}

function sources(kind: TextSource['kind'], reference: { readonly name?: string } | undefined): readonly TextSource[] {
  return namesOf(reference).map((name) => ({ kind, name }));
}

function namesOf(reference: { readonly name?: string } | undefined): readonly string[] {
  return reference?.name === undefined ? [] : [reference.name];
}

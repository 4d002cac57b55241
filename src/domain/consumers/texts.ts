import type { ConsumerRef } from '../component.ts';

/*
 * Texts in manifests that may hold the password: variables and commands of containers, and ConfigMaps. They exist in a
 * worker's memory only.
 */

/** One container of a pod template, or of a pod that has no template of ours. */
export interface ContainerTexts {
  readonly holder: ConsumerRef;
  /** None of its pods runs, and none will start by itself: no replicas, a suspended CronJob. */
  readonly idle: boolean;
  readonly container: string;
  /** In their order: a later one wins. */
  readonly variables: readonly TextVariable[];
  /** By their place, such as `args[1]`. */
  readonly commands: Readonly<Record<string, string>>;
  /** The ConfigMaps that the pod reads, by variables or as volumes. */
  readonly configMaps: readonly string[];
  /** The files of Secrets and ConfigMaps that the container mounts. */
  readonly files: readonly MountedFiles[];
}

/** One key of an object as a file, or each of its keys. */
export interface MountedFiles {
  readonly from: TextSource;
  /** Absent: each key is a file of its name. */
  readonly key?: string;
  /** The file, or the directory of all files. */
  readonly path: string;
}

export type TextVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly from: TextSource; readonly key: string }
  /** Each key of the object becomes a variable. */
  | { readonly prefix: string; readonly from: TextSource };

export interface TextSource {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
}

export interface ConfigMapTexts {
  readonly namespace: string;
  readonly name: string;
  readonly texts: Readonly<Record<string, string>>;
}

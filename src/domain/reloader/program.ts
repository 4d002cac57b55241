import { readFlags, type Flags } from './flags.ts';

/*
 * One Reloader of the cluster, as its own Deployment describes it. The flags and their defaults are those of Reloader
 * v1.0 … v1.4 (`ConfigureReloaderFlags`).
 */

/** How Reloader marks a pod template. */
export type ReloadStrategy = 'env-vars' | 'annotations';

export interface ReloaderProgram {
  /** Its Deployment, as `namespace/name`. */
  readonly name: string;
  /** Of its image's tag; absent where the tag is no version. */
  readonly version?: readonly [number, number, number];
  readonly strategy: ReloadStrategy;
  /** Reloader reacts also for a workload without an annotation. */
  readonly autoReloadAll: boolean;
  readonly rollsArgoRollouts: boolean;
  /** Reloader calls a webhook, and restarts nothing. */
  readonly onlyCallsWebhook: boolean;
  readonly ignoresSecrets: boolean;
  /** `jobs`, `cronjobs`. */
  readonly ignoredWorkloads: readonly string[];
  /** Absent: every namespace. */
  readonly namespaces?: readonly string[];
  readonly ignoredNamespaces: readonly string[];
  /** The labels of the namespaces that it watches; empty: any. */
  readonly namespaceSelector: string;
  /** The labels of the Secrets that it watches; empty: any. */
  readonly secretSelector: string;
  readonly names: AnnotationNames;
}

/** The annotations that Reloader reads. All but `exclude` can have other names. */
export interface AnnotationNames {
  readonly auto: string;
  readonly secretAuto: string;
  readonly secretList: string;
  readonly exclude: string;
  readonly search: string;
  /** On a Secret. */
  readonly match: string;
  /** On a Secret. */
  readonly ignore: string;
  readonly pausePeriod: string;
  /** Reloader's own note of a pause. */
  readonly pausedAt: string;
}

export interface ReloaderDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  /** The command and its arguments. */
  readonly words: readonly string[];
  /** The variable KUBERNETES_NAMESPACE. */
  readonly onlyNamespace?: string;
}

export function readReloader({ namespace, name, image, words, onlyNamespace }: ReloaderDeployment): ReloaderProgram {
  const flags = readFlags(words);
  const version = versionOf(image);
  const namespaces = onlyNamespace ? [onlyNamespace] : flags.list('namespaces');
  return {
    name: `${namespace}/${name}`,
    ...(version && { version }),
    strategy: flags.text('reload-strategy') === 'annotations' ? 'annotations' : 'env-vars',
    autoReloadAll: flags.isSet('auto-reload-all'),
    rollsArgoRollouts: flags.isSet('is-Argo-Rollouts'),
    onlyCallsWebhook: flags.text('webhook-url') !== undefined,
    ignoresSecrets: flags.list('resources-to-ignore').some((kind) => kind.toLowerCase() === 'secrets'),
    ignoredWorkloads: flags.list('ignored-workload-types'),
    ...(namespaces.length > 0 && { namespaces }),
    ignoredNamespaces: flags.list('namespaces-to-ignore'),
    // A Reloader of one namespace does not look at the labels of namespaces.
    namespaceSelector: namespaces.length > 0 ? '' : selector(flags.list('namespace-selector')),
    secretSelector: selector(flags.list('resource-label-selector')),
    names: annotationNames(flags),
  };
}

function annotationNames(flags: Flags): AnnotationNames {
  return {
    auto: flags.text('auto-annotation') ?? 'reloader.stakater.com/auto',
    secretAuto: flags.text('secret-auto-annotation') ?? 'secret.reloader.stakater.com/auto',
    secretList: flags.text('secret-annotation') ?? 'secret.reloader.stakater.com/reload',
    exclude: 'secrets.exclude.reloader.stakater.com/reload',
    search: flags.text('auto-search-annotation') ?? 'reloader.stakater.com/search',
    match: flags.text('search-match-annotation') ?? 'reloader.stakater.com/match',
    ignore: flags.text('ignore-annotation') ?? 'reloader.stakater.com/ignore',
    pausePeriod: flags.text('pause-deployment-annotation') ?? 'deployment.reloader.stakater.com/pause-period',
    pausedAt: flags.text('pause-deployment-time-annotation') ?? 'deployment.reloader.stakater.com/paused-at',
  };
}

/** A Reloader with the default flags: it stands for those that the worker may not see. */
export const USUAL_RELOADER: ReloaderProgram = readReloader({ namespace: '', name: '', image: '', words: [] });

/** Reloader's older notation `key:value`, and its `*` for any value, in the API's notation. */
function selector(parts: readonly string[]): string {
  return parts.map((part) => part.replace(/^([^:=()]+):/, '$1=').replace(/^([^:=()]+)=\*$/, '$1')).join(',');
}

/** `1.4.6` of `ghcr.io/stakater/reloader:v1.4.6-ubi@sha256:…`. */
function versionOf(image: string): readonly [number, number, number] | undefined {
  const [, major, minor, patch] = /:v?(\d+)\.(\d+)\.(\d+)[^/]*$/.exec(image.split('@')[0] ?? '') ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

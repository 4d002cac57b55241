import type { CustomObject, Kinds } from '../api/index.ts';
import { availableIn, isReadyPod } from './pods-of.ts';
import { resolvePercentage } from './rolling-update.ts';

/** What an Argo Rollout asks for, as far as the sandbox goes. */
export interface RolloutSpec extends Record<string, unknown> {
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly template?: unknown;
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  /** RFC 3339. */
  readonly restartAt?: string;
  readonly strategy?: {
    readonly canary?: {
      readonly maxSurge?: number | string;
      readonly maxUnavailable?: number | string;
      readonly steps?: readonly { readonly setWeight?: number; readonly pause?: object }[];
    };
    readonly blueGreen?: object;
  };
}

/** How many more pods than wanted a rollout may have: a blue-green one has all of both. */
export function surge({ replicas = 1, strategy }: RolloutSpec): number {
  return strategy?.blueGreen === undefined ? resolvePercentage(strategy?.canary?.maxSurge, replicas, 'up') : replicas;
}

export function unavailable({ replicas = 1, strategy }: RolloutSpec): number {
  return strategy?.canary === undefined ? 0 : resolvePercentage(strategy.canary.maxUnavailable, replicas, 'down');
}

/** At which weight a canary stands: that before its first pause. `undefined`: it goes through. */
export function canaryWeight({ strategy }: RolloutSpec): number | undefined {
  const steps = strategy?.canary?.steps ?? [];
  const pause = steps.findIndex((step) => step.pause !== undefined);
  if (pause < 0) return undefined;
  return steps.slice(0, pause).findLast(({ setWeight }) => setWeight !== undefined)?.setWeight ?? 0;
}

export interface RolloutFacts {
  /** Those that are alive. */
  readonly pods: readonly Kinds['pods'][];
  /** Of these, the ones of the newest template. */
  readonly updated: readonly Kinds['pods'][];
  readonly hash: string;
}

/** Its generation is a text there, and `stableRS` is the hash of the last template that was rolled out whole. */
export function rolloutStatus(
  { metadata, spec, status }: CustomObject & { readonly spec: RolloutSpec },
  { pods, updated, hash }: RolloutFacts,
): object {
  const { replicas = 1, minReadySeconds = 0, selector } = spec;
  const available = pods.filter((pod) => availableIn(pod, minReadySeconds) === 0).length;
  const isWhole = updated.length === replicas && pods.length === replicas && available === replicas;
  const stable = isWhole || status?.['stableRS'] === undefined ? hash : status['stableRS'];
  const isPaused = stable !== hash && canaryWeight(spec) !== undefined;
  return {
    observedGeneration: String(metadata?.generation ?? 0),
    replicas: pods.length,
    HPAReplicas: pods.length,
    updatedReplicas: updated.length,
    readyReplicas: pods.filter(isReadyPod).length,
    availableReplicas: available,
    currentPodHash: hash,
    stableRS: stable,
    phase: isWhole ? 'Healthy' : isPaused ? 'Paused' : 'Progressing',
    selector: Object.entries(selector?.matchLabels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
  };
}

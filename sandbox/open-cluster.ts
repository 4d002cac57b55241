import { SandboxError } from './common/errors.ts';
import type { ComponentName } from './common/options.ts';
import { EmbeddedSandbox } from './embedded/index.ts';
import { status } from './real/index.ts';

export const CLUSTERS = ['embedded', 'real'] as const;
export type ClusterChoice = (typeof CLUSTERS)[number];

/** The cluster to rotate on. */
export interface OpenCluster {
  /** The path of its kubeconfig. */
  readonly kubeconfig: string;
  /** Ends it, when it was started here. */
  close(): Promise<void>;
}

/** Starts the embedded sandbox, or takes the real one that is up. */
export async function openCluster(
  choice: ClusterChoice,
  components: readonly ComponentName[],
  signal: AbortSignal,
): Promise<OpenCluster> {
  return choice === 'embedded' ? EmbeddedSandbox.start({ components, signal }) : realSandbox(components);
}

async function realSandbox(components: readonly ComponentName[]): Promise<OpenCluster> {
  const start = 'npm run sandbox -- up';
  const found = await status();
  if (found === undefined) throw new SandboxError('No real sandbox is up.', { mend: start });
  if (found.problems.length > 0) {
    throw new SandboxError(`The real sandbox is not well: ${found.problems.join('; ')}.`, { mend: start });
  }
  const missing = components.filter((name) => !found.components.includes(name));
  if (missing.length > 0) {
    throw new SandboxError(`The real sandbox has no ${missing.join(', ')}.`, {
      mend: `${start} -- --components ${[...found.components, ...missing].join(',')}, or choose others with --components`,
    });
  }
  return { kubeconfig: found.kubeconfig, close: () => Promise.resolve() };
}

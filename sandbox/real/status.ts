import { findProblems } from './health.ts';
import type { ComponentName, PostgresMajor, ReloaderChoice } from '../common/options.ts';
import type { GivenCnpg } from './given-cnpg.ts';
import { KUBECONFIG } from './paths.ts';
import type { Phase } from '../common/progress.ts';
import { readState } from './state.ts';

export interface SandboxStatus {
  /** The path of a self-contained kubeconfig. */
  readonly kubeconfig: string;
  readonly cnpg: string;
  /** Where `up` was given a manager of CloudNativePG. */
  readonly givenCnpg?: GivenCnpg | undefined;
  /** The major version. */
  readonly postgresql: PostgresMajor;
  readonly reloader: ReloaderChoice;
  readonly components: readonly ComponentName[];
  /** How long each part of the start took. */
  readonly phases: readonly Phase[];
  /** What is wrong, one sentence each; empty when all is well. */
  readonly problems: readonly string[];
}

/** What is up and whether it is well, or undefined when there is no sandbox. */
export async function status(): Promise<SandboxStatus | undefined> {
  const state = readState();
  if (state === undefined) return undefined;
  const problems =
    state.stage === 'up'
      ? await findProblems(state)
      : ['it is still starting, or its start was killed: wait for it, or run "npm run sandbox -- down"'];
  const { cnpg, givenCnpg, postgresql, reloader, components } = state.options;
  return { kubeconfig: KUBECONFIG, cnpg, givenCnpg, postgresql, reloader, components, phases: state.phases, problems };
}

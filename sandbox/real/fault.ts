import { Resolver } from 'node:dns/promises';
import { Api } from '../common/api.ts';
import type { ProgramName } from './daemons.ts';
import { SandboxError } from '../common/errors.ts';
import { lockSandbox } from './lock.ts';
import { NODE_ADDRESS } from './network.ts';
import { KUBECONFIG } from './paths.ts';
import { createProgress, type Progress } from '../common/progress.ts';
import { restartProgram } from './restart.ts';

interface Fault {
  readonly program: ProgramName;
  /** Tells that the program serves again. */
  readonly ready: () => Promise<true | undefined>;
}

/** What can be taken away for a while, to see how others bear it. */
export const FAULTS = {
  'api-server': { program: 'kube-apiserver', ready: () => answersOk('/readyz') },
  etcd: { program: 'etcd', ready: () => answersOk('/readyz') },
  kubelet: { program: 'kubelet', ready: () => answersOk('/api/v1/nodes/sandbox/proxy/healthz') },
  dns: { program: 'coredns', ready: resolves },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

const LONGEST_SECONDS = 3600;

export function parseFault(text: string): FaultName {
  const names = Object.keys(FAULTS) as FaultName[];
  const name = names.find((known) => known === text);
  if (name === undefined) throw new SandboxError(`fault ${text}: choose from ${names.join(', ')}.`);
  return name;
}

export function parseSeconds(text: string): number {
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (!(seconds >= 0 && seconds <= LONGEST_SECONDS)) {
    throw new SandboxError(`--seconds ${text}: expected a number from 0 to ${LONGEST_SECONDS}.`);
  }
  return seconds;
}

/** Kills a program of the node and brings it back after so many seconds; returns when it serves again. */
export async function fault(
  name: FaultName,
  seconds: number,
  { signal, progress = createProgress() }: { readonly signal: AbortSignal; readonly progress?: Progress },
): Promise<void> {
  const { program, ready } = FAULTS[name];
  const release = await lockSandbox(signal, progress);
  try {
    await progress.run(`Take ${program} away for ${seconds} s`, () =>
      restartProgram({ program, seconds, ready, signal }),
    );
  } finally {
    release();
  }
}

async function answersOk(path: string): Promise<true | undefined> {
  const api = new Api(KUBECONFIG);
  try {
    return (await api.text(path)) === 'ok' ? true : undefined;
  } finally {
    api.close();
  }
}

async function resolves(): Promise<true | undefined> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([NODE_ADDRESS]);
  const found = await resolver.resolve4('kubernetes.default.svc.cluster.local');
  return found.length > 0 ? true : undefined;
}

import { EmbeddedSandbox } from '../embedded/index.ts';
import { CNPG_VERSIONS, COMPONENT_NAMES, type CnpgVersion, type ComponentName } from '../common/options.ts';
import type { SandboxStatus } from '../real/index.ts';
import { AUDIT_LOG } from '../real/paths.ts';
import { RolloutsBeside } from '../real/rollouts.ts';
import { logOf } from '../common/paths.ts';
import { run, type Finished } from './programs.ts';
import { until } from './until.ts';

/** A sandbox as far as the tests tell one from another. */
export interface SandboxUnderTest {
  /** The administrator's. */
  readonly kubeconfig: string;
  /** Addresses of the applications' pods, as PostgreSQL sees them. */
  readonly podAddress: RegExp;
  readonly components: readonly ComponentName[];
  /** What its API server writes, by name; the embedded one, which is a part of the test's own process, writes nothing. */
  readonly logs: Readonly<Record<string, string>>;
  /** Whether nothing is wrong with it. */
  isWell(): Promise<boolean>;
  /** Only what this run of the tests started is ended. */
  close(): Promise<void>;
}

/** Which one: set by the project in jest.config.js. */
const { sandboxUnderTest = 'real' } = globalThis as { readonly sandboxUnderTest?: 'real' | 'embedded' };

/** On the embedded one the specification has to be quick: it takes a sample of what it tries one by one on the real one. */
export function sample<T>(all: readonly T[], quick: readonly T[]): readonly T[] {
  return sandboxUnderTest === 'embedded' ? quick : all;
}

/** Versions of CNPG: the embedded one behaves as either, the real one has the one that it was started with. */
export const VERSIONS_UNDER_TEST: readonly (CnpgVersion | 'as it is')[] = sample(['as it is'], CNPG_VERSIONS);

/** @param rollouts whether Argo Rollouts is to be there. */
export async function openSandbox(
  components?: readonly ComponentName[],
  cnpg: (typeof VERSIONS_UNDER_TEST)[number] = 'as it is',
  rollouts = false,
): Promise<SandboxUnderTest> {
  if (sandboxUnderTest === 'embedded') {
    const sandbox = await EmbeddedSandbox.start({
      components,
      rollouts,
      ...(cnpg !== 'as it is' && { cnpg }),
    });
    // Everywhere but on Linux, the pods share one address.
    const podAddress = process.platform === 'linux' ? /^127\.\d+\.\d+\.\d+$/ : /^127\.0\.0\.1$/;
    return {
      kubeconfig: sandbox.kubeconfig,
      podAddress,
      components: components ?? COMPONENT_NAMES,
      logs: {},
      isWell: () => Promise.resolve(sandbox.isWell()),
      close: () => sandbox.close(),
    };
  }
  const { kubeconfig, components: present } = await realSandbox();
  const isWell = async (): Promise<boolean> => (await status())?.problems.length === 0;
  const beside = rollouts ? await RolloutsBeside.start(kubeconfig) : undefined;
  return {
    kubeconfig,
    podAddress: /^10\.244\./,
    components: present,
    logs: { 'the API server’s log': logOf('kube-apiserver'), 'the API server’s audit log': AUDIT_LOG },
    isWell,
    close: async () => beside?.stop(),
  };
}

/** How long the real sandbox may take to be well again after what another test did to it. */
const RECOVERY_MS = 2 * 60_000;

/** The real one that is up, as soon as it is well, or one that is started now. */
async function realSandbox(): Promise<SandboxStatus> {
  let found = await status();
  if (found === undefined) {
    const { code, stderr } = await sandbox('up');
    if (code !== 0) throw new Error(`the sandbox could not be started:\n${stderr}`);
  }
  return until(
    'the sandbox to be well',
    async () => {
      found = await status();
      return found?.problems.length === 0 ? found : undefined;
    },
    RECOVERY_MS,
    () => found?.problems.join('; ') ?? 'None is up.',
  );
}

/** What is up, well or not; `undefined` when nothing is. */
async function status(): Promise<SandboxStatus | undefined> {
  const { stdout, stderr } = await sandbox('status');
  if (stdout === '') throw new Error(`the sandbox's status could not be read:\n${stderr}`);
  return (JSON.parse(stdout) as SandboxStatus | null) ?? undefined;
}

/** Runs the sandbox's command line, as a user does. */
function sandbox(command: 'status' | 'up'): Promise<Finished> {
  return run('npm', ['run', '-s', 'sandbox', '--', command, '--output', 'json']);
}

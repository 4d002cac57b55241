import { EmbeddedSandbox } from '../../../sandbox/embedded/index.ts';
import {
  CNPG_VERSIONS,
  COMPONENT_NAMES,
  type CnpgVersion,
  type ComponentName,
  type SandboxStatus,
} from '../../../sandbox/real/index.ts';
import { AUDIT_LOG, logOf } from '../../../sandbox/real/paths.ts';
import { run } from './programs.ts';

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

export async function openSandbox(
  components?: readonly ComponentName[],
  cnpg: (typeof VERSIONS_UNDER_TEST)[number] = 'as it is',
): Promise<SandboxUnderTest> {
  if (sandboxUnderTest === 'embedded') {
    const sandbox = await EmbeddedSandbox.start({
      ...(components !== undefined && { components }),
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
  const isWell = async (): Promise<boolean> => (await runSandbox('status')) !== undefined;
  return {
    kubeconfig,
    podAddress: /^10\.244\./,
    components: present,
    logs: { 'the API server’s log': logOf('kube-apiserver'), 'the API server’s audit log': AUDIT_LOG },
    isWell,
    close: () => Promise.resolve(),
  };
}

/** The real one that is up, or one that is started now. */
async function realSandbox(): Promise<SandboxStatus> {
  const sandbox = (await runSandbox('status')) ?? (await runSandbox('up'));
  if (sandbox === undefined) throw new Error('the sandbox could not be started: see "npm run sandbox -- up"');
  return sandbox;
}

/** Runs the sandbox's command line, as a user does. @returns what it reports, or `undefined` when it fails. */
async function runSandbox(command: 'status' | 'up'): Promise<SandboxStatus | undefined> {
  const { code, stdout } = await run('npm', ['run', '-s', 'sandbox', '--', command, '--output', 'json']);
  return code === 0 ? (JSON.parse(stdout) as SandboxStatus) : undefined;
}

import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The name of the network namespace, of the kubeconfig's context, and of the kubelet's cgroup. */
export const NAME = 'cnpg-rotator-sandbox';

/** Holds all that is written; the sandbox's namespaces keep it when they hide the rest of /var/lib from themselves. */
export const HOME = '/var/lib/cnpg-rotator';
/** What one sandbox needs while it is up; `down` removes it. */
export const RUN = join(HOME, 'sandbox');
/** Kept by `down` and by the clean-up of a failed `up`, so that a failure can be read afterwards. */
export const LOGS = join(HOME, 'logs');

export const STATE = join(RUN, 'state.json');
export const KUBECONFIG = join(RUN, 'kubeconfig');
export const CONTAINERD_SOCKET = join(RUN, 'containerd.sock');

/** What was asked of the API server, by whom. */
export const AUDIT_LOG = join(LOGS, 'audit.log');

/** The Go modules that pin what is built, one folder each. */
export const GO_MODULES = join(dirname(fileURLToPath(import.meta.url)), 'go');

export function logOf(program: string): string {
  return join(LOGS, `${program}.log`);
}

/** Where builds are kept, outside the checkout, so that a fresh clone starts warm. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const own = env['CNPG_ROTATOR_CACHE'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'cnpg-rotator');
}

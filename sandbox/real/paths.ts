import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOME, LOGS } from '../common/paths.ts';

/** The name of the network namespace, of the kubeconfig's context, and of the kubelet's cgroup. */
export const NAME = 'cnpg-rotator-sandbox';

/** What one sandbox needs while it is up; `down` removes it. */
export const RUN = join(HOME, 'sandbox');

export const STATE = join(RUN, 'state.json');
export const KUBECONFIG = join(RUN, 'kubeconfig');
export const CONTAINERD_SOCKET = join(RUN, 'containerd.sock');

/** What was asked of the API server, by whom. */
export const AUDIT_LOG = join(LOGS, 'audit.log');

/** The Go modules that pin what is built, one folder each. */
export const GO_MODULES = join(dirname(fileURLToPath(import.meta.url)), 'go');

import { existsSync, writeFileSync, rmSync } from 'node:fs';
import { command } from './command.ts';
import { logOf } from './paths.ts';

const START_POLICY = '/usr/sbin/policy-rc.d';

/** From Debian, as root; what is installed is not started. */
export async function installPackages(packages: readonly string[], signal: AbortSignal): Promise<void> {
  const log = logOf('apt');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // Debian starts what it installs; the sandbox wants the programs, not a second etcd on this machine.
  const ours = !existsSync(START_POLICY);
  if (ours) writeFileSync(START_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await command('apt-get', ['update'], { log, env, signal });
    await command('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { log, env, signal });
  } finally {
    if (ours) rmSync(START_POLICY, { force: true });
  }
}

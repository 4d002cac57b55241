import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from '../common/cache.ts';
import { SandboxError } from '../common/errors.ts';
import { HOME } from '../common/paths.ts';
import type { Progress } from '../common/progress.ts';

/** One command that changes the sandbox at a time. */
export async function lockSandbox(signal: AbortSignal, progress: Progress): Promise<() => void> {
  requireRoot();
  mkdirSync(HOME, { recursive: true, mode: 0o700 });
  let told = false;
  return lock(join(HOME, 'lock'), {
    signal,
    waiting: (pid) => {
      if (!told) progress.say(`Process ${pid} is working on the sandbox; waiting for it.`);
      told = true;
    },
  });
}

function requireRoot(): void {
  if (process.platform === 'linux' && process.getuid?.() === 0) return;
  throw new SandboxError('The real sandbox makes namespaces, mounts and routes: it needs Linux and root.', {
    mend: 'sudo npm run sandbox -- up   (on Debian 12; a container will do when it is privileged)',
  });
}

import { homedir } from 'node:os';
import { join } from 'node:path';

/** Holds all that is written; the sandbox's namespaces keep it when they hide the rest of /var/lib from themselves. */
export const HOME = '/var/lib/cnpg-rotator';

/** Kept by `down` and by the clean-up of a failed `up`, so that a failure can be read afterwards. */
export const LOGS = join(HOME, 'logs');

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

import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeCgroups } from './cgroups.ts';
import { command } from '../common/command.ts';
import { killInit } from './namespace.ts';
import { removeNetwork } from './network.ts';
import { NAME, RUN } from './paths.ts';
import { readState, type State } from './state.ts';
import { restoreSysctls } from './sysctls.ts';

/**
 * Removes whatever an `up` made, however far it came: processes and mounts go with the first process of the
 * namespaces, the cable and its routes with the network. Running it twice, or with nothing there, is safe.
 */
export async function tearDown(): Promise<void> {
  const state = readStateLeniently();
  if (state?.init !== undefined) await killInit(state.init);
  await killStragglers();
  if (state !== undefined) restoreSysctls(state.sysctls);
  await removeNetwork();
  for (let attempt = 0; attempt < 20 && !removeCgroups(); attempt++) await sleep(100);
  rmSync(RUN, { recursive: true, force: true, maxRetries: 5 });
}

/** A state that a crash has cut short must not keep the rest from being cleaned away. */
function readStateLeniently(): State | undefined {
  try {
    return readState();
  } catch {
    return undefined;
  }
}

/** An `up` that was killed may have started processes and not yet written down which: whatever is in our namespace. */
async function killStragglers(): Promise<void> {
  if (!existsSync(`/run/netns/${NAME}`)) return;
  for (let attempt = 0; attempt < 50; attempt++) {
    const pids = (await command('ip', ['netns', 'pids', NAME]).catch(() => '')).split('\n').filter((pid) => pid !== '');
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended since.
      }
    }
    await sleep(100);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramName } from './daemons.ts';
import { SandboxError } from '../common/errors.ts';
import { isAlive, killInside, runsInside, type Init } from './namespace.ts';
import { startProgram } from './node.ts';
import { logOf } from '../common/paths.ts';
import { readState, writeState, type State } from './state.ts';
import { waitUntil } from './wait.ts';

export interface Restart {
  readonly program: ProgramName;
  /** How long it stays away between its end and its new start. */
  readonly seconds: number;
  /** Tells that it works again; undefined or an error: not yet. */
  readonly ready: () => Promise<true | undefined>;
  readonly signal: AbortSignal;
}

/**
 * Kills one program of the node, as a crash would, and starts it again. An interrupt shortens the time that it is away
 * and never leaves it away. After a SIGKILL of this process a second call mends it: a program that is gone is started.
 */
export async function restartProgram({ program, seconds, ready, signal }: Restart): Promise<void> {
  const { state, init } = runningSandbox();
  const pid = state.daemons[program];
  if (pid !== undefined && runsInside(init, pid)) await killInside(init, pid, program);
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  const started = await startProgram(init, program);
  writeState({ ...state, daemons: { ...state.daemons, [program]: started } });
  const log = logOf(program);
  await waitUntil({ until: `${program} works again`, seconds: 60, everyMs: 100, log, signal }, () => {
    if (!runsInside(init, started)) throw new SandboxError(`${program} ended when it was started again.`, { log });
    return ready();
  });
}

function runningSandbox(): { readonly state: State; readonly init: Init } {
  const state = readState();
  if (state?.stage === 'up' && state.init !== undefined && isAlive(state.init)) return { state, init: state.init };
  throw new SandboxError('No sandbox is up.', { mend: 'npm run sandbox -- up' });
}

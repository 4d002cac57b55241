import type { LeftBehind } from '../../domain/consumers/left-behind.ts';
import type { Dependencies } from '../dependencies.ts';
import { findLeftBehind } from '../proof/left-behind.ts';
import { ownAddresses } from '../proof/look-back.ts';
import { readAllRefusals } from '../proof/refusals.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { WatchInput, WatchResult } from '../types/index.ts';

/**
 * Looks for so long whom PostgreSQL still refuses: nobody that the rotation restarted has the old password any more.
 * Running it twice is safe: it only reads, each time from the proof on.
 */
export async function watch(deps: Dependencies, input: WatchInput, clock: StepClock): Promise<WatchResult> {
  const { rotation, end, provenAt, aheadMs } = input;
  const since = { at: Date.parse(provenAt), aheadMs };
  const query = { roles: end.roles, since: since.at, ownAddresses: ownAddresses(deps, input) };
  const seen = await until<readonly LeftBehind[], readonly LeftBehind[]>(deps, {
    clock,
    watched: [],
    look: async () => {
      const { refusals } = await readAllRefusals(deps, rotation.component, since, query);
      const found = await findLeftBehind(deps, input, { refusals, oldSessions: [], provenAt: since.at });
      // Somebody may be refused for the first time at the very end.
      return { done: false, missing: found };
    },
  });
  return { leftBehind: seen.done ? seen.result : seen.missing };
}

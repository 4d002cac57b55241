import { describeFinding } from '../../domain/finding.ts';
import { judgeMentions, judgeOwned } from '../../domain/ownership.ts';
import { readHeld } from '../gather/held-by-logins.ts';
import { orUnknown } from '../gather/look-up.ts';
import type { Dependencies } from '../dependencies.ts';
import { credentialOf, type Staging } from '../staging/staging.ts';
import type { VerifyInput } from '../types/index.ts';

/** After a turn: what belongs to a login role or names one, as warnings. Empty in place, and where nobody could look. */
export async function lookAtOwnership(
  deps: Dependencies,
  { rotation: { component }, end: { logins } }: Pick<VerifyInput, 'rotation' | 'end'>,
  staging: Staging,
): Promise<readonly string[]> {
  if (logins.actsAs === undefined) return [];
  const held = await readHeld(deps, component, credentialOf(staging, logins.accepted));
  if (held === 'unknown') return [`What the login roles of ${component.name} own after the turn could not be read.`];
  if (held.held.length === 0) return [];
  const cluster = await orUnknown(deps.clusters.find(component.namespace, component.cluster));
  const where = {
    component,
    ...(cluster !== 'unknown' && cluster !== undefined && { primary: cluster.currentPrimary }),
  };
  return [judgeOwned(where, held), judgeMentions(where, held)].flatMap((verdict) =>
    verdict === undefined ? [] : [describeFinding(verdict)],
  );
}

import type { Dependencies } from '../dependencies.ts';
import type { OwnerState } from './owner.ts';
import { NEEDS_ATTENTION } from '../../domain/marks.ts';
import type { Staging } from './staging.ts';

/** How the owner of a staging Secret stands; `elsewhere` is in another Temporal cluster or namespace. */
export type LockState = OwnerState | 'elsewhere';

/** Only a lock whose owner has `ended` may be taken over. */
export async function lockState(deps: Dependencies, { secret, temporal, owner }: Staging): Promise<LockState> {
  if (secret.annotations[NEEDS_ATTENTION] === 'true') return 'needs-attention';
  return temporal === (await deps.temporalIdentity()) ? deps.stateOf(owner) : 'elsewhere';
}

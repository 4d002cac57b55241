import type { Dependencies } from '../dependencies.ts';
import type { FromHere } from '../types.ts';

/** For the result of an activity that may have been refused a login itself. */
export function fromHere(deps: Pick<Dependencies, 'ownAddresses'>): FromHere {
  return { ownAddresses: [...deps.ownAddresses()] };
}

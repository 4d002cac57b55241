import { SandboxError } from '../common/errors.ts';
import { isAlive, type Init } from './namespace.ts';
import { readState } from './state.ts';

/** The first process of the sandbox that is up. @throws SandboxError where none is. */
export function requireUp(): Init {
  const state = readState();
  if (state?.stage !== 'up' || state.init === undefined || !isAlive(state.init))
    throw new SandboxError('No real sandbox is up.', { mend: 'npm run sandbox -- up' });
  return state.init;
}

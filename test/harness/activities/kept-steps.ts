import { restart as restartOnce } from '../../../src/activities/steps/restart.ts';
import { verify as verifyOnce } from '../../../src/activities/steps/verify.ts';
import type { PasswordLost, RestartResult, VerifyResult } from '../../../src/activities/types/index.ts';

/* The steps that may find a password lost, for worlds whose primary stays. */

export async function restart(...call: Parameters<typeof restartOnce>): Promise<RestartResult> {
  return kept(await restartOnce(...call));
}

export async function verify(...call: Parameters<typeof verifyOnce>): Promise<VerifyResult> {
  return kept(await verifyOnce(...call));
}

function kept<T extends object>(result: T | PasswordLost): T {
  if ('lost' in result) throw new Error(`the password is lost: ${result.lost.because}`);
  return result;
}

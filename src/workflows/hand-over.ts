import {
  alternatingHandover,
  inPlaceHandover,
  type AlternatingHandover,
  type InPlaceHandover,
  type SecretChange,
} from '../domain/rotation/handover.ts';
import { refOf, type Rotation } from '../domain/rotation/rotation.ts';
import type { Target } from '../domain/steps.ts';
import { toCause } from './cause.ts';
import {
  applyPassword,
  drainRole,
  proveEnd,
  restartPods,
  setPassword,
  writeSecrets,
  type Handing,
} from './handover-steps.ts';
import type { Logbook } from './logbook.ts';

/* The two runbooks. Each takes the same steps on the way there (`pending`) and on the way back (`previous`). */

/**
 * Makes the target's login the only one.
 * @returns false when nothing was to be done, because the application's Secrets were never written.
 */
export function handOver(
  logbook: Logbook,
  rotation: Rotation,
  target: Target,
  { endOldSessions }: { readonly endOldSessions: boolean },
): Promise<boolean> {
  const { turn } = rotation;
  const handing = { logbook, rotation: refOf(rotation), endOldSessions };
  return turn === undefined
    ? changeInPlace(handing, inPlaceHandover(rotation, target))
    : switchOver(handing, alternatingHandover(rotation, turn, target));
}

/** One role: its password changes, and then the pods restart. */
async function changeInPlace(handing: Handing, { change, restart, end }: InPlaceHandover): Promise<boolean> {
  const published = await writeSecrets(handing, change);
  if (!published.touched) return false;
  const appliedAt = await applyPassword(handing, change, published);
  const workloads = await restartPods(handing, restart);
  await proveEnd(handing, end, { appliedAt, published, workloads });
  return true;
}

/** Two roles: the successor is let in, the pods restart, and the old role is locked out when nobody uses it. */
async function switchOver(handing: Handing, handover: AlternatingHandover): Promise<boolean> {
  const { letIn, change, restart, drain, lockOut, end } = handover;
  const appliedAt = await setPassword(handing, letIn);
  const published = await writeSecrets(handing, change);
  if (!published.touched) {
    if (lockOut.commit !== undefined) await takeBackInGit(handing, lockOut);
    return false;
  }
  const workloads = await restartPods(handing, restart);
  await drainRole(handing, drain);
  await setPassword(handing, lockOut);
  await proveEnd(handing, end, { appliedAt, published, workloads });
  return true;
}

/**
 * Nobody knows any password of the role that was let in for nothing, so in the cluster the role may keep the new
 * password. In Git the role may not: a commit that never reached the cluster could do so later.
 */
async function takeBackInGit(handing: Handing, lockOut: SecretChange): Promise<void> {
  try {
    await writeSecrets(handing, lockOut);
  } catch (error) {
    handing.logbook.warn(`The login role's Secret could not be taken back in Git: ${toCause(error).message}`);
  }
}

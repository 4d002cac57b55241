import {
  alternatingHandover,
  inPlaceHandover,
  passwordRequest,
  type AlternatingHandover,
  type InPlaceHandover,
  type PasswordRequest,
  type SecretChange,
} from '../domain/rotation/handover.ts';
import { refOf, type Rotation } from '../domain/rotation/rotation.ts';
import type { Target } from '../domain/steps.ts';
import { toCause } from './cause.ts';
import { KeptPasswords } from './kept-passwords.ts';
import {
  askForPassword,
  drainRole,
  proveEnd,
  reassignObjects,
  restartPods,
  waitForRunningJobs,
  writeSecrets,
  type Runbook,
} from './runbook-steps.ts';
import type { Logbook } from './logbook.ts';
import type { WayBack } from './way-back.ts';

/* The two runbooks. Each takes the same steps on the way there (`pending`) and on the way back (`previous`). */

/**
 * Makes the target's login the only one. Where CNPG generates the password, there is no way back from a new one: then the
 * target `previous` leads to the new password too.
 * @returns false when there was nothing to do, because the application's Secrets were never written.
 */
export function handOver(
  logbook: Logbook,
  rotation: Rotation,
  target: Target,
  { endOldSessions, wayBack }: { readonly endOldSessions: boolean; readonly wayBack?: WayBack },
): Promise<boolean> {
  const { turn, operatorAway = false } = rotation;
  const runbook = { logbook, rotation: refOf(rotation), endOldSessions, operatorAway, wayBack };
  const request = passwordRequest(rotation);
  if (request !== undefined) return changeGenerated(runbook, rotation, request, target);
  return turn === undefined
    ? changeInPlace(runbook, inPlaceHandover(rotation, target))
    : switchOver(runbook, alternatingHandover(rotation, turn, target));
}

/** One role: its password changes, and then the pods restart. */
async function changeInPlace(runbook: Runbook, { change, restart, end }: InPlaceHandover): Promise<boolean> {
  const published = await writeSecrets(runbook, change);
  if (!published.touched) return false;
  const passwords = new KeptPasswords(runbook);
  await passwords.set(change, published);
  const { workloads } = await passwords.during((proven) => restartPods(runbook, restart, proven));
  await passwords.during((proven) =>
    proveEnd(runbook, end, { appliedAt: passwords.appliedAt, published, workloads, proven }),
  );
  return true;
}

/** One role, whose password CNPG generates: CNPG is asked, and the rest is as for any other password. */
async function changeGenerated(
  runbook: Runbook,
  rotation: Rotation,
  request: PasswordRequest,
  target: Target,
): Promise<boolean> {
  const generated = await askForPassword(runbook, request, target);
  return generated && changeInPlace(runbook, inPlaceHandover(rotation, 'pending'));
}

/** Two roles: the new role is let in, the pods restart, and the old role is locked out when nobody uses it. */
async function switchOver(runbook: Runbook, handover: AlternatingHandover): Promise<boolean> {
  const { letIn, reassign, change, restart, wait, drain, lockOut, end } = handover;
  const passwords = new KeptPasswords(runbook);
  await passwords.writeAndSet(letIn);
  await reassignObjects(runbook, reassign);
  const published = await writeSecrets(runbook, change);
  if (!published.touched) {
    if (lockOut.commit !== undefined) await takeBackInGit(runbook, lockOut);
    return false;
  }
  const { workloads } = await passwords.during((proven) => restartPods(runbook, restart, proven));
  await waitForRunningJobs(runbook, wait);
  const leftSessions = await drainRole(runbook, drain, { secrets: end.secrets, published, workloads });
  await passwords.writeAndSet(lockOut);
  await passwords.during((proven) =>
    proveEnd(runbook, end, { appliedAt: passwords.appliedAt, published, workloads, leftSessions, proven }),
  );
  return true;
}

/**
 * The role was let in, but the application never moved to it. Nobody knows any password of this role, so in the cluster
 * the role may keep the new password. In Git it may not: a commit that never reached the cluster could reach it later.
 */
async function takeBackInGit(runbook: Runbook, lockOut: SecretChange): Promise<void> {
  try {
    await writeSecrets(runbook, lockOut);
  } catch (error) {
    runbook.logbook.warn(`The login role's Secret could not be taken back in Git: ${toCause(error).message}`);
  }
}

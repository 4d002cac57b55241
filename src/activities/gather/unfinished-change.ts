import { refIn, type Component } from '../../domain/component.ts';
import { orElse, type Cause } from '../../domain/failures.ts';
import { judgeFound, type Found, type FoundSecret, type Wanted } from '../../gitops/look.ts';
import type { Dependencies } from '../dependencies.ts';
import { findStaging, type Staging } from '../staging/staging.ts';

/** A rotation that has not ended made the branch differ from the cluster. */
export interface UnfinishedChange {
  /** Absent for the rotation that asks. */
  readonly problem: Cause | undefined;
}

/**
 * Whether the branch holds exactly what a rotation has staged that has not ended yet. The proof is the staging Secret,
 * which has both sides.
 * @param rotation the rotation that asks.
 * @returns undefined where somebody else changed the branch or the cluster.
 */
export async function unfinishedChange(
  deps: Pick<Dependencies, 'secrets'>,
  component: Component,
  seen: Found,
  wanted: Wanted,
  rotation: string | undefined,
): Promise<UnfinishedChange | undefined> {
  const staging = await orElse(findStaging(deps, component), () => undefined);
  if (staging === undefined || !holdsStaged(component, seen, wanted, staging)) return undefined;
  const id = staging.recordOf?.rotation ?? staging.rotationId;
  if (id === rotation) return { problem: undefined };
  return {
    problem: {
      type: 'AnotherRotation',
      message: `The branch holds the password of rotation ${id}, which has not ended, and the cluster does not hold it yet. Wait for the rotation, or see what became of its workflow.`,
    },
  };
}

function holdsStaged(
  component: Component,
  { secrets, variable }: Found,
  { usernames }: Wanted,
  staging: Staging,
): boolean {
  const { pending, previous } = staging.passwords;
  if (pending === undefined || previous === undefined) return false;
  const staged = secrets.flatMap((one) => asStaged(component, one, staging));
  if (staged.length !== secrets.length) return false;
  try {
    // Throws for a value that is on neither side.
    judgeFound({ secrets: staged, variable }, { secrets: [], usernames, passwords: { pending, previous } }, 'pending');
    return true;
  } catch {
    return false;
  }
}

function asStaged(component: Component, found: FoundSecret, { secrets }: Staging): readonly FoundSecret[] {
  const own = secrets.find(({ name }) => name === refIn(component, found.secret));
  return own === undefined ? [] : [{ ...found, secret: { ...found.secret, data: own.data } }];
}

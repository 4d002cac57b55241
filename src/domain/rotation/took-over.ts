import { secretObject, type Component, type Turn } from '../component.ts';
import type { Target } from '../steps.ts';
import type { Rotation } from './rotation.ts';

/** A rotation that was interrupted for good and whose lock was taken over, and what became of its record. */
export interface TookOver {
  readonly rotation: string;
  /** The Secrets that this rotation had not written yet, or not yet written back. They got what the main Secret holds. */
  readonly broughtAlong: readonly string[];
  /** The Secrets that hold neither of the two values of the record. Somebody changed them since. */
  readonly changedSince: readonly string[];
  /** The turn that is finished first; absent where there was none, or where it had not moved the application. */
  readonly unfinished?: UnfinishedTurn;
}

/** A turn that had moved the application when it was interrupted. */
export interface UnfinishedTurn {
  readonly turn: Turn;
  /** `previous` where the turn was on its way back, and the application's Secrets are back already. */
  readonly side: Target;
  /** The application's Secrets of the record, the main Secret first. */
  readonly secrets: readonly string[];
}

/** The rotation as the steps need it that finish an interrupted turn: with the record of that turn. */
export function goingOnFrom(rotation: Rotation, interrupted: string, unfinished: UnfinishedTurn): Rotation {
  const { component, copies } = rotation;
  const { turn, secrets } = unfinished;
  return {
    ...rotation,
    goesOnFrom: interrupted,
    component: { ...component, strategy: 'alternating' },
    secrets,
    turn,
    ...(copies !== undefined && { copies: copies.filter((name) => secrets.includes(name)) }),
    reassigns: undefined,
    generatedBy: undefined,
  };
}

/** What a person should know of a lock that was taken over. */
export function describeTakeOver(component: Component, tookOver: TookOver): readonly string[] {
  const { rotation, broughtAlong, changedSince, unfinished } = tookOver;
  const named = (names: readonly string[]): string => names.map((name) => secretObject(component, name)).join(' and ');
  const taken = `Rotation ${rotation} was interrupted, and its lock was taken over.`;
  const mainChanged = changedSince.includes(component.secret);
  return [
    broughtAlong.length === 0
      ? `${taken} ${mainChanged ? 'Its record was of no use' : 'It left no Secret half changed'}.`
      : `${taken} It had written ${named([component.secret])} and not ${named(broughtAlong)}: brought along to the same password. Whoever reads it and is not restarted now logs in with an older one.`,
    ...(unfinished === undefined
      ? []
      : [
          `Rotation ${rotation} had moved the application between "${unfinished.turn.active.role}" and "${unfinished.turn.idle.role}": its remaining steps are taken first, so that nobody loses a login.`,
        ]),
    ...(changedSince.length === 0
      ? []
      : [
          `${named(changedSince)} ${changedSince.length === 1 ? 'holds' : 'hold'} neither the old nor the new value of rotation ${rotation}: changed by somebody since, and left alone. Look whether the password there is the current one.`,
        ]),
  ];
}

import { secretObject, type Component } from '../component.ts';

/** A rotation that was interrupted for good and whose lock was taken over, and what became of its record. */
export interface TookOver {
  readonly rotation: string;
  /** The Secrets that this rotation had not written yet, or not yet written back. They got what the main Secret holds. */
  readonly broughtAlong: readonly string[];
  /** The Secrets that hold neither of the two values of the record. Somebody changed them since. */
  readonly changedSince: readonly string[];
}

/** What a person should know of a lock that was taken over. */
export function describeTakeOver(component: Component, tookOver: TookOver): readonly string[] {
  const { rotation, broughtAlong, changedSince } = tookOver;
  const named = (names: readonly string[]): string => names.map((name) => secretObject(component, name)).join(' and ');
  const taken = `Rotation ${rotation} was interrupted, and its lock was taken over.`;
  const mainChanged = changedSince.includes(component.secret);
  return [
    broughtAlong.length === 0
      ? `${taken} ${mainChanged ? 'Its record was of no use' : 'It left no Secret half changed'}.`
      : `${taken} It had written ${named([component.secret])} and not ${named(broughtAlong)}: brought along to the same password. Whoever reads it and is not restarted now logs in with an older one.`,
    ...(changedSince.length === 0
      ? []
      : [
          `${named(changedSince)} ${changedSince.length === 1 ? 'holds' : 'hold'} neither the old nor the new value of rotation ${rotation}: changed by somebody since, and left alone. Look whether the password there is the current one.`,
        ]),
  ];
}

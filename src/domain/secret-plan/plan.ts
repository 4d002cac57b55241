import type { Place } from '../secrets/index.ts';

/** A place of a Secret that changes with the password, and the evidence for the change. */
export interface PlannedChange {
  readonly secret: string;
  readonly place: Place;
  readonly why: string;
  /** The place holds another text than the current password: a verifier, or an earlier password. */
  readonly differs?: true;
  /** PostgreSQL does not accept the text of the place: its readers cannot log in today. */
  readonly stale?: true;
}

/** A place of the plan, as a rotation carries it. */
export interface PlannedPlace extends Place {
  readonly differs?: true;
}

/** A place that holds the same text or names the role, and that the rotation does not write. */
export interface UntouchedPlace {
  readonly secret: string;
  readonly key: string;
  /** As in `Place`. */
  readonly within: string;
  readonly why: string;
  /** The place has the site's own notation: only a template of the catalogue could write it. */
  readonly unreadable?: true;
}

/** What a rotation would write, and what it would not write. The plan holds no text of any Secret. */
export interface SecretPlan {
  /** The changes of the Secret that CNPG reads come first. */
  readonly changes: readonly PlannedChange[];
  readonly leftAlone: readonly UntouchedPlace[];
  /** Nothing shows whose these places are: the catalogue has to say it. */
  readonly unclear: readonly UntouchedPlace[];
  /** Those of the Secrets with changes that somebody else copies from another one: a rotation waits for them. */
  readonly copies?: readonly string[];
  /** Secrets that change and name no user: another role cannot take over in them. */
  readonly nameless: readonly string[];
}

/** The place where the current password is read. */
export interface PasswordAt {
  readonly secret: string;
  readonly key: string;
  readonly within: string;
}

/** A place in words: `key DATABASE_URL`, `key config.json (JSON db.password)`. */
export function describePlace({ key, within }: Pick<Place, 'key' | 'within'>): string {
  return within === '' ? `key ${key}` : `key ${key} (${within})`;
}

/** The Secrets that change. The Secret that CNPG reads comes first. */
export function secretsOfPlan({ changes }: Pick<SecretPlan, 'changes'>): readonly string[] {
  return [...new Set(changes.map(({ secret }) => secret))];
}

/** The Secrets that change, each with its places, as a rotation carries them. */
export interface SecretPlaces {
  readonly secret: string;
  readonly places: readonly PlannedPlace[];
}

export function placesOfPlan(plan: Pick<SecretPlan, 'changes'>): readonly SecretPlaces[] {
  return secretsOfPlan(plan).map((secret) => ({
    secret,
    places: plan.changes
      .filter((change) => change.secret === secret)
      .map(({ place, differs }) => (differs === true ? { ...place, differs } : place)),
  }));
}

/** A place without its text. */
export function toPlace({ key, within, meaning }: Place): Place {
  return { key, within, meaning };
}

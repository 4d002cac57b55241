import type { Place } from '../secrets/index.ts';

/** A place of a Secret that changes with the password, and the evidence for that. */
export interface PlannedChange {
  readonly secret: string;
  readonly place: Place;
  readonly why: string;
  /** What stands there is another text than the password of now: a verifier, or a password of before. */
  readonly differs?: true;
  /** PostgreSQL does not accept what stands there: its readers cannot log in today. */
  readonly stale?: true;
}

/** A place of the plan, as a rotation carries it. */
export interface PlannedPlace extends Place {
  readonly differs?: true;
}

/** A place that holds the same text, or names the role, and is not written. */
export interface UntouchedPlace {
  readonly secret: string;
  readonly key: string;
  /** As in `Place`. */
  readonly within: string;
  readonly why: string;
  /** Its notation is the site's own: only a template of the catalogue could write it. */
  readonly unreadable?: true;
}

/** What a rotation would write, and what it would not. It holds no text of any Secret. */
export interface SecretPlan {
  /** Those of the Secret that CNPG reads first. */
  readonly changes: readonly PlannedChange[];
  readonly leftAlone: readonly UntouchedPlace[];
  /** Nothing tells whose these are: the catalogue has to. */
  readonly unclear: readonly UntouchedPlace[];
  /** The Secrets that change and do not say whose login they are: another role cannot take over in them. */
  readonly nameless: readonly string[];
}

/** Where the password of now is read. */
export interface PasswordAt {
  readonly secret: string;
  readonly key: string;
  readonly within: string;
}

/** A place in words: `key DATABASE_URL`, `key config.json (JSON db.password)`. */
export function describePlace({ key, within }: Pick<Place, 'key' | 'within'>): string {
  return within === '' ? `key ${key}` : `key ${key} (${within})`;
}

/** The Secrets that change, the one that CNPG reads first. */
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

/** A place without what stands there. */
export function toPlace({ key, within, meaning }: Place): Place {
  return { key, within, meaning };
}

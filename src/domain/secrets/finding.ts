import type { Meaning } from './place.ts';
import type { Source } from './source.ts';

/** A part of a login, with the way to it and the way back. */
export interface Part {
  readonly within: string;
  readonly source: Source;
}

/** A login as a notation gives it, without the key in which it stands. */
export interface Finding {
  readonly label: string;
  readonly scheme?: string;
  readonly password?: Part;
  readonly user?: Part;
  /** The user comes from another label: it may be somebody else's. */
  readonly lentUser?: true;
  readonly hosts: readonly Part[];
  readonly database?: Part;
}

/** The part of a text that a notation understood, and why it did not understand the rest. Holds no text of a value. */
export interface Outcome {
  readonly findings: readonly Finding[];
  readonly problems: readonly string[];
}

/** One of several named texts: a key of a Secret or of a map, a word of a DSN. */
export interface NamedPart {
  readonly meaning: Meaning;
  readonly label: string;
  /** Of two users with the same label, the user with the lower rank logs in. */
  readonly rank: number;
  readonly part: Part;
}

export const way = (...steps: readonly string[]): string => steps.filter((step) => step !== '').join(' ');

export const problem = (within: string, because: string): Outcome => ({
  findings: [],
  problems: [way(within, because)],
});

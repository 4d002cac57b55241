import type { Source } from '../source.ts';

/** What the formats of documents have in common: named and listed texts. */
export type DocumentValue =
  | {
      readonly kind: 'text';
      readonly source: Source;
      /** Why the text may mean something else to another reader of the same format. */
      readonly unclear?: string;
      /** Whether quotes or a block's sign stand around it. */
      readonly quoted?: boolean;
    }
  | { readonly kind: 'map'; readonly entries: readonly Entry[] }
  | { readonly kind: 'list'; readonly items: readonly DocumentValue[] };

export interface Entry {
  readonly name: string;
  readonly value: DocumentValue;
}

/** A number as it stands, where a password or a user is a number to the document and a text to PostgreSQL. */
export const NOT_A_TEXT = 'is no text to the document, and readers make different texts of it';

import type { Source } from '../source.ts';

/** The common form of all document formats: named texts and lists of texts. */
export type DocumentValue =
  | {
      readonly kind: 'text';
      readonly source: Source;
      /** Why another reader of the same format may read another text. */
      readonly unclear?: string;
      /** Whether the text stands in quotes or has a block's sign. */
      readonly quoted?: boolean;
    }
  | { readonly kind: 'map'; readonly entries: readonly Entry[] }
  | { readonly kind: 'list'; readonly items: readonly DocumentValue[] };

export interface Entry {
  readonly name: string;
  readonly value: DocumentValue;
}

/** For a number as password or user: the document has a number, and PostgreSQL needs a text. */
export const NOT_A_TEXT = 'is no text to the document, and readers make different texts of it';

import { isDeepStrictEqual } from 'node:util';
import { isScalar, parseAllDocuments, type Document, type Scalar } from 'yaml';
import { RotationError } from '../domain/failures.ts';

/** Where a value stands in a file of YAML documents. */
export interface Place {
  readonly document: number;
  /** Names of mappings, and positions in lists. */
  readonly path: readonly (string | number)[];
}

/** Numbers beyond 2^53 keep their digits, so that a comparison sees them differ. */
const OPTIONS = { intAsBigInt: true, logLevel: 'silent' } as const;

/** @param name of the file, for the message of an error. */
export function parseDocuments(text: string, name: string): readonly Document[] {
  const documents = parseAllDocuments(text, OPTIONS);
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) {
    throw new RotationError('SecretNotInGit', `${name} is not valid YAML, so no value in it can be changed.`);
  }
  return documents;
}

/** The text at a place, or `undefined` where there is none. */
export function textAt(documents: readonly Document[], { document, path }: Place): string | undefined {
  const node = documents[document]?.getIn(path, true);
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

/** The file with new texts at these places. Every other byte stays as it is. */
export function replaceTexts(
  text: string,
  name: string,
  values: readonly (Place & { readonly value: string })[],
): string {
  const documents = parseDocuments(text, name);
  const edits = values.map((place) => ({ node: scalarAt(documents, place, name), value: place.value }));
  return replaceNodes(
    text,
    edits.map(({ node, value }) => ({ node, written: JSON.stringify(value) })),
  );
}

function replaceNodes(text: string, edits: readonly { readonly node: Scalar; readonly written: string }[]): string {
  return edits
    .map(({ node, written }) => ({ start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0, written }))
    .sort((a, b) => b.start - a.start)
    .reduce((edited, { start, end, written }) => {
      // A block scalar ends with its line's end. A quoted scalar does not.
      const tail = edited.slice(start, end).endsWith('\n') ? '\n' : '';
      return edited.slice(0, start) + written + tail + edited.slice(end);
    }, text);
}

/** One document of a file, as it stands there. */
export function documentText(text: string, name: string, document: number): string {
  const [start = 0, , end = text.length] = parseDocuments(text, name)[document]?.range ?? [];
  return `${text.slice(start, end).trimEnd()}\n`;
}

/** A text of another file that belongs at a place of this file. */
export interface CopiedText {
  /** The documents: of the other file, and of this one. */
  readonly from: number;
  readonly to: number;
  readonly path: Place['path'];
}

/**
 * The file with texts that SOPS wrote into a copy of it. Each keeps the way in which it stood there, with quotes or
 * without. Every other byte stays as it is.
 */
export function copyTexts(text: string, name: string, copy: string, places: readonly CopiedText[]): string {
  const [documents, copies] = [parseDocuments(text, name), parseDocuments(copy, name)];
  const edits = places.map(({ from, to, path }) => {
    const node = scalarAt(documents, { document: to, path }, name);
    const value = textAt(copies, { document: from, path }) ?? '';
    const isPlain = node.type === 'PLAIN' && ENCRYPTED.test(String(node.value)) && ENCRYPTED.test(value);
    return { node, written: isPlain ? value : JSON.stringify(value) };
  });
  return replaceNodes(text, edits);
}

/** What SOPS writes for an encrypted value. It needs no quotes in YAML. */
const ENCRYPTED = /^ENC\[AES256_GCM,[\w:,+/=]+\]$/;

function scalarAt(documents: readonly Document[], { document, path }: Place, name: string): Scalar {
  const node = documents[document]?.getIn(path, true);
  if (isScalar(node) && node.range) return node;
  throw new RotationError('SecretNotInGit', `${name} has no text at ${path.join('.')} that could be changed.`);
}

/** The deepest known places at which two files differ: `document 2: stringData.password`. Values are not reported. */
export function differences(before: string, after: string, name: string): readonly string[] {
  const [a, b] = [parseDocuments(before, name), parseDocuments(after, name)].map((documents) =>
    documents.map((document): unknown => document.toJS()).filter((content) => content !== null),
  );
  const found: string[] = [];
  const count = Math.max(a?.length ?? 0, b?.length ?? 0);
  for (let index = 0; index < count; index += 1) {
    for (const path of differ(a?.[index], b?.[index])) found.push(describePlace({ document: index, path }));
  }
  return found;
}

export function describePlace({ document, path }: Place): string {
  return `document ${document + 1}: ${path.join('.')}`;
}

function differ(a: unknown, b: unknown, path: Place['path'] = []): readonly Place['path'][] {
  if (isDeepStrictEqual(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.flatMap((item: unknown, index) => differ(item, b[index], [...path, index]));
  if (!isMapping(a) || !isMapping(b)) return [path];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differ(a[key], b[key], [...path, key]));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

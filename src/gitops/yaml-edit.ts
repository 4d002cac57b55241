import { isDeepStrictEqual } from 'node:util';
import { isScalar, parseAllDocuments, type Document, type Scalar } from 'yaml';
import { RotationError } from '../domain/failures.ts';

/** Where a value stands in a file of YAML documents. */
export interface Place {
  readonly document: number;
  readonly path: readonly string[];
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
  return edits
    .map(({ node, value }) => ({ start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0, value }))
    .sort((a, b) => b.start - a.start)
    .reduce((edited, { start, end, value }) => {
      // A block scalar ends with its line's end. A quoted scalar does not.
      const tail = edited.slice(start, end).endsWith('\n') ? '\n' : '';
      return edited.slice(0, start) + JSON.stringify(value) + tail + edited.slice(end);
    }, text);
}

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

function differ(a: unknown, b: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isMapping(a) || !isMapping(b)) return [path];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differ(a[key], b[key], [...path, key]));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { asText, type SecretData } from '../domain/secrets/secret-data.ts';
import { RotationError } from '../domain/failures.ts';
import { parseDocuments, replaceTexts, textAt, type Place } from './yaml-edit.ts';

/** A Secret in a file of manifests. */
export interface SecretDocument {
  /** Which document of the file, from 0. */
  readonly document: number;
  readonly name: string;
  /** Absent where a Kustomization sets it. */
  readonly namespace?: string;
  /** Whether SOPS has encrypted it. */
  readonly encrypted: boolean;
}

const utf8 = new TextEncoder();

/** The Secrets of a file, encrypted or not, as far as their names can be read. */
export function secretDocuments(text: string, file: string): readonly SecretDocument[] {
  return parseDocuments(text, file).flatMap((document, index) => {
    const at = (...path: string[]): unknown => (document.contents === null ? undefined : document.getIn(path));
    const [name, namespace] = [at('metadata', 'name'), at('metadata', 'namespace')];
    if (at('kind') !== 'Secret' || typeof name !== 'string') return [];
    return [
      {
        document: index,
        name,
        ...(typeof namespace === 'string' && { namespace }),
        encrypted: at('sops') !== undefined,
      },
    ];
  });
}

/** The values that the API would hold at these keys; `undefined` for a key that the document does not have. */
export function readKeys(
  text: string,
  file: string,
  document: number,
  keys: readonly string[],
): Readonly<Record<string, Uint8Array | undefined>> {
  const documents = parseDocuments(text, file);
  return Object.fromEntries(
    keys.map((key) => {
      // In the API `stringData` wins over `data`.
      const plain = textAt(documents, { document, path: ['stringData', key] });
      const base64 = textAt(documents, { document, path: ['data', key] });
      if (plain !== undefined) return [key, utf8.encode(plain)];
      return [key, base64 === undefined ? undefined : new Uint8Array(Buffer.from(base64, 'base64'))];
    }),
  );
}

/**
 * The file with other values at the keys, in `stringData` or `data`, wherever the document has the keys.
 * @throws RotationError `SecretNotInGit` for a key that the document does not have.
 */
export function writeKeys(text: string, file: string, document: number, values: SecretData): string {
  const documents = parseDocuments(text, file);
  const edits = Object.entries(values).flatMap(([key, bytes]) => {
    const inStringData: Place = { document, path: ['stringData', key] };
    const inData: Place = { document, path: ['data', key] };
    const places = [
      ...(textAt(documents, inStringData) === undefined ? [] : [{ ...inStringData, value: asText(bytes) ?? '' }]),
      ...(textAt(documents, inData) === undefined ? [] : [{ ...inData, value: Buffer.from(bytes).toString('base64') }]),
    ];
    if (places.length > 0) return places;
    throw new RotationError('SecretNotInGit', `${file} has a Secret without the key "${key}", which must change.`);
  });
  return replaceTexts(text, file, edits);
}

import { asText, type SecretData } from '../domain/secrets/secret-data.ts';
import { RotationError } from '../domain/failures.ts';
import { parseDocuments, textAt, type Place } from './yaml-edit.ts';

/** A Secret in a file of manifests. */
export interface SecretDocument {
  /** Which document of the file, from 0. */
  readonly document: number;
  /** Where the Secret begins in its document: at its top, or as an item of a List. */
  readonly at: Place['path'];
  /** As it stands there: Flux may replace variables in it. */
  readonly name: string;
  /** Absent where a Kustomization sets it. */
  readonly namespace?: string;
  /** Whether SOPS has encrypted it. */
  readonly encrypted: boolean;
  /** Whether Flux replaces no variables in it. */
  readonly literal: boolean;
}

/** A Secret's place in a file. */
export type SecretAt = Pick<SecretDocument, 'document' | 'at'>;

const utf8 = new TextEncoder();
/** With the value `disabled`, as a label or an annotation. */
const SUBSTITUTE = 'kustomize.toolkit.fluxcd.io/substitute';

/** The Secrets of a file, encrypted or not, as far as their names can be read; also those in a List. */
export function secretDocuments(text: string, file: string): readonly SecretDocument[] {
  return parseDocuments(text, file).flatMap((document, index) => {
    const content = document.toJS() as unknown;
    if (!isMapping(content)) return [];
    const encrypted = content['sops'] !== undefined;
    const items = isList(content) ? content.items : undefined;
    const objects =
      items === undefined
        ? [{ object: content as unknown, at: [] }]
        : items.map((object, item) => ({ object, at: ['items', item] }));
    return objects.flatMap(({ object, at }) => {
      const secret = readSecret(object);
      return secret === undefined ? [] : [{ document: index, at, encrypted, ...secret }];
    });
  });
}

/** Kustomize takes every kind apart whose name ends so. */
function isList(content: Mapping): content is Mapping & { readonly items: readonly unknown[] } {
  return /List$/.test(String(content['kind'])) && Array.isArray(content['items']);
}

function readSecret(object: unknown): Pick<SecretDocument, 'name' | 'namespace' | 'literal'> | undefined {
  if (!isMapping(object) || object['kind'] !== 'Secret' || !isMapping(object['metadata'])) return undefined;
  const { name, namespace, labels, annotations } = object['metadata'];
  if (typeof name !== 'string') return undefined;
  const literal = [labels, annotations].some((one) => isMapping(one) && one[SUBSTITUTE] === 'disabled');
  return { name, ...(typeof namespace === 'string' && { namespace }), literal };
}

/** The values that the API would hold at these keys; `undefined` for a key that the document does not have. */
export function readKeys(
  text: string,
  file: string,
  secret: SecretAt,
  keys: readonly string[],
): Readonly<Record<string, Uint8Array | undefined>> {
  const documents = parseDocuments(text, file);
  return Object.fromEntries(
    keys.map((key) => {
      // In the API `stringData` wins over `data`.
      const plain = textAt(documents, placeOfKey(secret, 'stringData', key));
      const base64 = textAt(documents, placeOfKey(secret, 'data', key));
      if (plain !== undefined) return [key, utf8.encode(plain)];
      return [key, base64 === undefined ? undefined : new Uint8Array(Buffer.from(base64, 'base64'))];
    }),
  );
}

/**
 * Other values at the keys, in `stringData` or `data`, wherever the document has the keys.
 * @throws RotationError `SecretNotInGit` for a key that the document does not have.
 */
export function editsOfKeys(
  text: string,
  file: string,
  secret: SecretAt,
  values: SecretData,
): readonly (Place & { readonly value: string })[] {
  const documents = parseDocuments(text, file);
  return Object.entries(values).flatMap(([key, bytes]) => {
    const inStringData = placeOfKey(secret, 'stringData', key);
    const inData = placeOfKey(secret, 'data', key);
    const places = [
      ...(textAt(documents, inStringData) === undefined ? [] : [{ ...inStringData, value: asText(bytes) ?? '' }]),
      ...(textAt(documents, inData) === undefined ? [] : [{ ...inData, value: Buffer.from(bytes).toString('base64') }]),
    ];
    if (places.length > 0) return places;
    throw new RotationError('SecretNotInGit', `${file} has a Secret without the key "${key}", which must change.`);
  });
}

/** The places in which a key of the Secret may stand. */
export function placeOfKey({ document, at }: SecretAt, within: 'data' | 'stringData', key: string): Place {
  return { document, path: [...at, within, key] };
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

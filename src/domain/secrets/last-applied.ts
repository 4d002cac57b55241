import { inAnyEncoding } from '../text/encodings.ts';
import type { Password } from '../password.ts';

/** `kubectl apply` keeps the whole applied manifest in this annotation, with a Secret's data. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Whether the manifest in the annotation of `kubectl apply` holds the password, in data or in stringData. */
export function lastAppliedHolds(annotations: Readonly<Record<string, string>>, password: Password): boolean {
  const kept = annotations[LAST_APPLIED];
  if (kept === undefined || password.reveal().trim() === '') return false;
  const pattern = new RegExp(inAnyEncoding(password.reveal().trim()));
  return textsIn(kept).some((text) => pattern.test(text));
}

function textsIn(manifest: string): readonly string[] {
  try {
    const { data, stringData } = JSON.parse(manifest) as Readonly<Record<string, unknown>>;
    return [...stringsIn(data).map(decode), ...stringsIn(stringData)];
  } catch {
    return [manifest];
  }
}

function stringsIn(values: unknown): readonly string[] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.values(values).filter((value) => typeof value === 'string');
}

/** Base64 as the API writes it. Any other text is no value of a Secret. */
function decode(base64: string): string {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return base64;
  }
}

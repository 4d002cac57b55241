import type { Credential, Password } from './password.ts';

/** A Secret's `data` as bytes: exactly what the API holds, decoded from base64. */
export type SecretData = Readonly<Record<string, Uint8Array>>;

/** Shorter passwords may stand in a value by chance, so they are replaced only where they are the whole value or a URI's. */
const SHORTEST_SEARCHABLE = 8;

const utf8 = new TextEncoder();

/**
 * The keys of a Secret whose value changes when `from` becomes `to`, with their new values: in every text value the old
 * password is replaced wherever it stands, raw or percent-encoded (CNPG re-derives none of `uri`, `pgpass`,
 * `jdbc-uri`), and a `username` of the old role by the new one. Values that do not change, and values that are not
 * text, are not in the result: a Secret that does not hold the password gives an empty one.
 */
export function rerender(data: SecretData, from: Credential, to: Credential): SecretData {
  const changed: Record<string, Uint8Array> = {};
  for (const [key, value] of Object.entries(data)) {
    const text = asText(value);
    if (text === undefined) continue;
    const next = rerenderValue(key, text, from, to);
    if (next !== text) changed[key] = utf8.encode(next);
  }
  return changed;
}

function rerenderValue(key: string, text: string, from: Credential, to: Credential): string {
  if (key === 'username') return text === from.username ? to.username : text;
  return replacePassword(text, from.password, to.password);
}

function replacePassword(text: string, from: Password, to: Password): string {
  const old = from.reveal();
  const replacement = encodeURIComponent(to.reveal());
  // White space around a password is none of it: CNPG trims it too.
  if (text.trim() === old.trim()) return to.reveal();
  if (old.length < SHORTEST_SEARCHABLE) {
    return text.replace(
      new RegExp(`(://[^:@/\\s]*:)${inAnyEncoding(old)}(?=@)`, 'g'),
      (_, head: string) => head + replacement,
    );
  }
  return text.replace(new RegExp(inAnyEncoding(old), 'g'), replacement);
}

const URI_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/([^:@/\s]+):[^@\s]*@/i;

/** The keys whose value is a URI of the credential's user with another password than the credential's. */
export function urisWithAnotherPassword(data: SecretData, { username, password }: Credential): readonly string[] {
  const own = new RegExp(`://[^:@/\\s]+:${inAnyEncoding(password.reveal())}@`);
  return Object.entries(data)
    .filter(([, value]) => {
      const text = asText(value) ?? '';
      const user = URI_WITH_PASSWORD.exec(text)?.[1];
      return user !== undefined && decoded(user) === username && !own.test(text);
    })
    .map(([key]) => key);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A pattern that matches the text with any of its characters percent-encoded. */
export function inAnyEncoding(text: string): string {
  return [...text]
    .map((character) => {
      const bytes = [...utf8.encode(character)].map((byte) => {
        const hex = byte.toString(16).padStart(2, '0');
        return `%${[...hex].map((digit) => `[${digit}${digit.toUpperCase()}]`).join('')}`;
      });
      return `(?:${escapePattern(character)}|${bytes.join('')})`;
    })
    .join('');
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** The value as text, or `undefined` when it is not UTF-8. */
export function asText(value: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Whether `data` holds every key of `part` with the same bytes. */
export function holds(data: SecretData, part: SecretData): boolean {
  return Object.entries(part).every(([key, value]) => sameBytes(data[key], value));
}

import { inAnyEncoding } from './any-encoding.ts';
import type { Credential, Password } from './password.ts';
import { isUsername, replaceUsername } from './username-in-text.ts';

/** A Secret's `data` as bytes: exactly what the API holds, decoded from base64. */
export type SecretData = Readonly<Record<string, Uint8Array>>;

/** Shorter passwords may stand in a value by chance, so they are replaced only where they are the whole value or a URI's. */
const SHORTEST_SEARCHABLE = 8;

const utf8 = new TextEncoder();

/**
 * The keys of a Secret whose value changes when `from` becomes `to`, with their new values: in every text value the old
 * password is replaced wherever it stands, raw or percent-encoded (CNPG re-derives none of `uri`, `pgpass`,
 * `jdbc-uri`). Where another role takes over, so is the user's name, wherever it means who logs in. Values that do not
 * change, and values that are not text, are not in the result: a Secret that does not hold the password gives an empty
 * one, whatever names stand in it.
 */
export function rerender(data: SecretData, from: Credential, to: Credential): SecretData {
  const texts = Object.entries(data).flatMap(([key, value]) => {
    const text = asText(value);
    return text === undefined ? [] : [{ key, text, holdsPassword: holdsPassword(text, from.password) }];
  });
  if (!texts.some((one) => one.holdsPassword)) return {};
  const changed: Record<string, Uint8Array> = {};
  for (const { key, text, ...one } of texts) {
    const renamed = from.username === to.username ? text : rename(key, text, from, to, one.holdsPassword);
    const next = one.holdsPassword ? replacePassword(renamed, from.password, to.password) : renamed;
    if (next !== text) changed[key] = utf8.encode(next);
  }
  return changed;
}

/** Whether a Secret that holds the password says whose it is, so that another role can take over. */
export function namesUser(data: SecretData, { username, password }: Credential): boolean {
  return Object.keys(rerender(data, { username, password }, { username: `${username}_`, password })).length > 0;
}

function rename(key: string, text: string, from: Credential, to: Credential, withPassword: boolean): string {
  if (isUsername(key, text, from.username)) return to.username;
  return replaceUsername(text, from, to, withPassword);
}

function holdsPassword(text: string, password: Password): boolean {
  return text.trim() === password.reveal().trim() || passwordWithin(password).test(text);
}

function replacePassword(text: string, from: Password, to: Password): string {
  // White space around a password is none of it: CNPG trims it too.
  if (text.trim() === from.reveal().trim()) return to.reveal();
  return text.replace(passwordWithin(from), encodeURIComponent(to.reveal()));
}

function passwordWithin(password: Password): RegExp {
  const pattern = inAnyEncoding(password.reveal());
  return new RegExp(
    password.reveal().length < SHORTEST_SEARCHABLE ? `(?<=://[^:@/\\s]*:)${pattern}(?=@)` : pattern,
    'g',
  );
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

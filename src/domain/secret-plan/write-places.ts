import type { Component } from '../component.ts';
import { Password, type Credential } from '../password.ts';
import { textsOf, type SecretData } from '../secrets/secret-data.ts';
import { readLogins, rewrite, type DescribedLogin, type Edit, type Place } from '../secrets/index.ts';
import { answerFor } from './answers.ts';
import { isVerifier } from './verifier.ts';
import { describePlace, toPlace, type PasswordAt, type PlannedPlace } from './plan.ts';

export interface Writing {
  readonly component: Component;
  readonly secret: string;
  readonly places: readonly PlannedPlace[];
  /** The current text of the places, except for places that differ. */
  readonly from: Credential;
  readonly to: Credential;
  /** Makes a verifier of the new password, for a place that holds a verifier now. */
  readonly verifierOf: (password: Password) => string;
}

/**
 * The keys of a Secret whose values change when the places get another credential, with the new values. Every byte
 * outside of the places stays.
 * @returns the reason, without any text of the Secret, when a place has changed since the plan was made.
 */
export function writePlaces(data: SecretData, writing: Writing): SecretData | { readonly refused: string } {
  const { component, secret, places, to } = writing;
  const { templates } = answerFor(component, secret, []);
  const texts = textsOf(data);
  const { logins } = readLogins(texts, templates);
  const next: Record<string, string> = {};
  const edits: Edit[] = [];
  for (const place of places) {
    const text = place.within === '' ? texts[place.key]?.trim() : textAt(logins, place);
    if (text === undefined || text === '') return { refused: `${describePlace(place)} is gone` };
    if (!isAsPlanned(text, place, writing)) return { refused: `${describePlace(place)} holds another text` };
    const value = place.meaning === 'password' ? passwordFor(text, writing) : to.username;
    if (place.within === '') next[place.key] = replaceWhole(texts[place.key] ?? '', value);
    else edits.push({ place: toPlace(place), to: value });
  }
  const rewritten = rewrite(texts, edits, templates);
  if ('refused' in rewritten)
    return { refused: `${describePlace(rewritten.refused)} cannot be written: ${rewritten.because}` };
  const utf8 = new TextEncoder();
  const changed = Object.entries({ ...rewritten.changed, ...next }).filter(([key, text]) => text !== texts[key]);
  return Object.fromEntries(changed.map(([key, text]) => [key, utf8.encode(text)]));
}

function textAt(logins: readonly DescribedLogin[], { key, within, meaning }: Place): string | undefined {
  const isHere = (one: Place | undefined): boolean => one?.key === key && one.within === within;
  if (meaning === 'password') return logins.find(({ password }) => isHere(password))?.password?.password.reveal();
  return logins.find(({ user }) => isHere(user))?.user?.text;
}

/** Whether the place is still as planned: somebody may have written the Secret since then. */
function isAsPlanned(text: string, { meaning, differs }: PlannedPlace, { from }: Writing): boolean {
  if (meaning === 'user') return text === from.username;
  return differs === true || text.trim() === from.password.reveal().trim();
}

export function isRefused(written: SecretData | { readonly refused: string }): written is { readonly refused: string } {
  return typeof written['refused'] === 'string';
}

function passwordFor(text: string, { to, verifierOf }: Writing): string {
  return isVerifier(text) ? verifierOf(to.password) : to.password.reveal();
}

/** The password at a place; undefined where the place holds no password any more. */
export function passwordAtPlace(data: SecretData, component: Component, at: PasswordAt): Password | undefined {
  const texts = textsOf(data);
  if (at.within === '') {
    const text = texts[at.key]?.trim() ?? '';
    return text === '' ? undefined : Password.of(text);
  }
  const { templates } = answerFor(component, at.secret, []);
  const text = textAt(readLogins(texts, templates).logins, { ...at, meaning: 'password' });
  return text === undefined ? undefined : Password.of(text);
}

/** White space around a value does not belong to the value: CNPG and shells trim it. */
function replaceWhole(text: string, value: string): string {
  const trimmed = text.trim();
  const start = text.indexOf(trimmed);
  return text.slice(0, start) + value + text.slice(start + trimmed.length);
}

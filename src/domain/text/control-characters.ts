/**
 * Characters that change how a text looks and are not visible themselves: C0 and C1 controls with DEL, line and
 * paragraph separators, and the characters that change the direction of writing.
 */
const CONTROL = '\\p{Cc}\\u2028\\u2029\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069';
const ANY = new RegExp(`[${CONTROL}]`, 'u');
const RUN = new RegExp(`[${CONTROL}]+`, 'gu');
const ALL_BUT_NEWLINE = new RegExp(`(?!\\n)[${CONTROL}]`, 'gu');

export function hasControlCharacters(text: string): boolean {
  return ANY.test(text);
}

/** Somebody else's text in one line: a space replaces each run of characters that control a terminal or a page. */
export function oneLine(text: string): string {
  return text.replace(RUN, ' ').trim();
}

/** Text for a terminal: its lines stay, and each control character is written as its code. */
export function visible(text: string): string {
  return text.replace(
    ALL_BUT_NEWLINE,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

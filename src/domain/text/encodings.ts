const utf8 = new TextEncoder();

/** Fewer bytes in hexadecimal may stand in any number by chance. */
const SHORTEST_HEXADECIMAL = 4;

/** A shorter part of a base64 text may stand in any word by chance. */
const SHORTEST_BASE64 = 6;

/**
 * A pattern for every form of a text in the output of programs: plain, percent-encoded, as a JSON or YAML string,
 * in base64 at any position of the encoded text, and in hexadecimal.
 */
export function inAnyForm(text: string): string {
  const json = JSON.stringify(text).slice(1, -1);
  return [
    inAnyEncoding(text),
    ...(json === text ? [] : [escapePattern(json)]),
    ...base64Parts(text).map((part) =>
      escapePattern(part)
        .replace(/\\?[+-]/g, '[+-]')
        .replace(/\\?[/_]/g, '[/_]'),
    ),
    ...hexadecimal(text),
  ].join('|');
}

/** The text's bytes in either case, also as `a1:b2`, `a1 b2` or `\\xa1\\xb2`. */
function hexadecimal(text: string): readonly string[] {
  const bytes = [...utf8.encode(text)];
  if (bytes.length < SHORTEST_HEXADECIMAL) return [];
  const digit = (one: string): string => (/[a-f]/.test(one) ? `[${one}${one.toUpperCase()}]` : one);
  return [bytes.map((byte) => [...byte.toString(16).padStart(2, '0')].map(digit).join('')).join('(?:\\\\x|[:\\s])?')];
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

/** The parts of the text's base64 that no byte before or after it changes, for each of the three start positions. */
function base64Parts(text: string): readonly string[] {
  const bytes = [...utf8.encode(text)];
  return [0, 1, 2]
    .map((before) => {
      const encoded = btoa(String.fromCharCode(...Array.from({ length: before }, () => 0), ...bytes)).replaceAll(
        '=',
        '',
      );
      const whole = Math.floor(((before + bytes.length) * 8) / 6);
      return encoded.slice(Math.ceil((before * 8) / 6), whole);
    })
    .filter((part) => part.length >= SHORTEST_BASE64);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

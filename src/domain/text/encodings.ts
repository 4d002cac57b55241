const utf8 = new TextEncoder();

/** Shorter parts of a base64 text may stand in any word by chance. */
const SHORTEST_BASE64 = 6;

/**
 * A pattern of all that a text looks like in what programs print: as it is, percent-encoded, as a JSON or YAML string,
 * and in base64, wherever in the encoded text it begins.
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
  ].join('|');
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

/** What of the text's base64 depends on no byte before or after it, for each of the three places where it may begin. */
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

const utf8 = new TextEncoder();

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

import { Pieces } from '../source.ts';

/*
 * Decodes scalars of YAML piece by piece; the library decodes only whole scalars. The caller compares the result with
 * the library's result, and does not rewrite a scalar where the two differ.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b' },
  ...{ N: '\x85', _: '\xa0', L: '\u2028', P: '\u2029' },
};
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Plain, single- and double-quoted scalars without their quotes. Line breaks become spaces. */
export function decodeFlow(text: string, start: number, end: number, style: 'plain' | 'single' | 'double'): Pieces {
  const pieces = new Pieces();
  let from = start;
  let at = start;
  while (at < end) {
    const character = text[at];
    if (style === 'single' && character === "'") {
      pieces.plain(text, from, at).escape(at, at + 2, "'");
      from = at += 2;
    } else if (style === 'double' && character === '\\') {
      pieces.plain(text, from, at);
      const { length, text: decoded } = escapeAt(text, at);
      pieces.escape(at, at + length, decoded);
      from = at += length;
    } else if (character === '\n' || character === '\r') {
      let first = at;
      while (first > from && /[ \t]/.test(text[first - 1] ?? '')) first -= 1;
      let last = at;
      while (last < end && /[ \t\r\n]/.test(text[last] ?? '')) last += 1;
      const breaks = text.slice(at, last).split('\n').length - 1;
      pieces.plain(text, from, first).escape(first, last, breaks > 1 ? '\n'.repeat(breaks - 1) : ' ');
      from = at = last;
    } else {
      at += 1;
    }
  }
  return pieces.plain(text, from, end);
}

function escapeAt(text: string, at: number): { readonly length: number; readonly text: string } {
  const letter = text[at + 1] ?? '';
  const digits = DIGITS[letter];
  if (digits !== undefined) {
    const code = Number.parseInt(text.slice(at + 2, at + 2 + digits), 16);
    return { length: 2 + digits, text: code <= 0x10ffff ? String.fromCodePoint(code) : '' };
  }
  if (letter === '\n' || letter === '\r') {
    const blank = /\\\r?\n[ \t]*/y;
    blank.lastIndex = at;
    return { length: blank.exec(text)?.[0].length ?? 2, text: '' };
  }
  return { length: 2, text: ESCAPES[letter] ?? letter };
}

/** The indentation of a block: the indentation of its first line that is not empty. */
export function indentOf(text: string, start: number, end: number): number {
  const content = text.slice(text.indexOf('\n', start) + 1, end);
  return /^(?:[ \t]*\r?\n)*( *)/.exec(content)?.[1]?.length ?? 0;
}

/**
 * The content of `|` or `>` from its header on. A folded block may have no empty or deeper indented line.
 * @param value the library's text: an explicit indentation makes leading spaces a part of it
 */
export function decodeBlock(
  text: string,
  start: number,
  end: number,
  value: string,
  folded: boolean,
): Pieces | undefined {
  const header = text.indexOf('\n', start);
  if (header < 0 || header >= end) return undefined;
  const leading = /^ */.exec(value.replace(/^\n+/, ''))?.[0].length ?? 0;
  const indent = Math.max(0, indentOf(text, start, end) - leading);
  const pieces = new Pieces();
  let at = header + 1;
  let length = 0;
  while (at < end && length < value.length) {
    const found = text.indexOf('\n', at);
    const next = found < 0 || found >= end ? end : found;
    const lineEnd = text[next - 1] === '\r' ? next - 1 : next;
    const lineStart = Math.min(at + indent, lineEnd);
    pieces.plain(text, lineStart, lineEnd);
    length += lineEnd - lineStart;
    if (next < end && length < value.length) {
      const last = length + 1 >= value.length;
      pieces.escape(lineEnd, next + 1, folded && !last ? ' ' : '\n');
      length += 1;
    }
    at = next + 1;
  }
  return pieces;
}

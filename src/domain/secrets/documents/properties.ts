import { decodedSource, Pieces, type Source } from '../source.ts';
import type { DocumentValue, Entry } from './document.ts';

/*
 * Java's properties (java.util.Properties.load): a backslash at the end continues the line, a name ends at `=`, `:` or
 * white space, and a backslash escapes a special character.
 */
export function parseProperties(source: Source): DocumentValue {
  const { text } = source;
  const entries: Entry[] = [];
  let at = 0;
  while (at < text.length) {
    while (/[ \t\f\r\n]/.test(text[at] ?? '')) at += 1;
    const end = logicalEnd(text, at, /[#!]/.test(text[at] ?? ''));
    if (/[^#!]/.test(text[at] ?? '#')) entries.push(entryOf(source, at, end));
    at = end + 1;
  }
  return { kind: 'map', entries };
}

function logicalEnd(text: string, start: number, comment: boolean): number {
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '\\' && !comment) at += text[at + 1] === '\r' && text[at + 2] === '\n' ? 2 : 1;
    else if (text[at] === '\n' || text[at] === '\r') return at;
  }
  return text.length;
}

function entryOf(source: Source, start: number, end: number): Entry {
  const { text } = source;
  let nameEnd = start;
  while (nameEnd < end && !/[=: \t\f]/.test(text[nameEnd] ?? '')) nameEnd += text[nameEnd] === '\\' ? 2 : 1;
  nameEnd = Math.min(nameEnd, end);
  const separator = /[ \t\f]*(?:[=:][ \t\f]*)?/y;
  separator.lastIndex = nameEnd;
  const valueStart = Math.min(end, nameEnd + (separator.exec(text)?.[0].length ?? 0));
  const value = decodedSource(source, decodeEscapes(text, valueStart, end), { escape: escapeProperty });
  return { name: decodeEscapes(text, start, nameEnd).text(), value: { kind: 'text', source: value } };
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };
const CONTINUED = /\\(?:\r\n|\n|\r)[ \t\f]*/y;

function decodeEscapes(text: string, start: number, end: number): Pieces {
  const pieces = new Pieces();
  let from = start;
  for (let at = text.indexOf('\\', start); at >= 0 && at < end; at = text.indexOf('\\', from)) {
    pieces.plain(text, from, at);
    CONTINUED.lastIndex = at;
    const continued = CONTINUED.exec(text)?.[0].length;
    const code = /^u[0-9A-Fa-f]{4}/.test(text.slice(at + 1, at + 6)) ? text.slice(at + 2, at + 6) : undefined;
    const letter = text.slice(at + 1, Math.min(at + 2, end));
    from = Math.min(end, at + (continued ?? (code === undefined ? 2 : 6)));
    const decoded = code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16));
    pieces.escape(at, from, continued === undefined ? decoded : '');
  }
  return pieces.plain(text, from, end);
}

/** Writes characters beyond ASCII as `\uXXXX`, since readers use ISO 8859-1 or UTF-8. */
function escapeProperty(text: string): string {
  const named: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f' };
  return text
    .replace(/[\\#!=:]|^ /g, '\\$&')
    .replace(/[\t\n\r\f]/g, (one) => named[one] ?? one)
    .replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

import { parseTOML, type AST } from 'toml-eslint-parser';
import { decodedSource, decodeEscapes, Pieces, rawSource, type Source } from '../source.ts';
import { NOT_A_TEXT, type DocumentValue, type Entry } from './document.ts';
import { escapeJson, numberSource } from './json.ts';

/** TOML 1.0. A literal string becomes a basic one if it cannot hold the new text; a multi-line one refuses. */
export function parseToml(source: Source): DocumentValue | undefined {
  try {
    const [top] = parseTOML(source.text).body;
    const entries: Entry[] = [];
    for (const one of top.body) {
      if (one.type === 'TOMLKeyValue') entries.push(entryOf(one, source));
      else entries.push(nested(one.key, { kind: 'map', entries: one.body.map((pair) => entryOf(pair, source)) }));
    }
    return { kind: 'map', entries };
  } catch {
    return undefined;
  }
}

const entryOf = (pair: AST.TOMLKeyValue, source: Source): Entry => nested(pair.key, valueOf(pair.value, source));

/** `[a.b]` is one map with the name `a.b`, and `a.b = …` is one entry with the name `a.b`. */
function nested(key: AST.TOMLKey, value: DocumentValue): Entry {
  return { name: key.keys.map((one) => (one.type === 'TOMLBare' ? one.name : one.value)).join('.'), value };
}

function valueOf(node: AST.TOMLContentNode, source: Source): DocumentValue {
  if (node.type === 'TOMLArray') return { kind: 'list', items: node.elements.map((one) => valueOf(one, source)) };
  if (node.type === 'TOMLInlineTable') return { kind: 'map', entries: node.body.map((one) => entryOf(one, source)) };
  const [start, end] = node.range;
  if (node.kind !== 'string') return { kind: 'text', source: numberSource(source, start, end), unclear: NOT_A_TEXT };
  const decoded = stringSource(node, source, start, end);
  if (decoded.text === node.value) return { kind: 'text', source: decoded };
  const opaque = decodedSource(source, new Pieces().escape(start, end, node.value), { escape: () => undefined });
  return { kind: 'text', source: opaque, unclear: 'stands in a form of TOML that is not rewritten' };
}

function stringSource(node: AST.TOMLStringValue, source: Source, start: number, end: number): Source {
  const { text } = source;
  const quotes = node.multiline ? 3 : 1;
  // The first line break after the opening quotes does not belong to the text.
  const first = node.multiline ? (/^\r?\n/.exec(text.slice(start + 3, start + 5))?.[0].length ?? 0) : 0;
  const [from, to] = [start + quotes + first, end - quotes];
  if (node.style === 'basic') return decodedSource(source, decodeBasic(text, from, to), { escape: escapeJson });
  const restyle = { start, end, write: (written: string) => `"${escapeJson(written)}"` };
  return rawSource(source, from, to, /['\0-\x1f\x7f]/, node.multiline ? undefined : restyle);
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\x1b' };
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function decodeBasic(text: string, start: number, end: number): Pieces {
  const line = /\\[ \t]*\r?\n\s*/y;
  return decodeEscapes(text, start, end, (at) => {
    line.lastIndex = at;
    const continued = line.exec(text)?.[0].length;
    if (continued !== undefined) return { length: continued, text: '' };
    const letter = text[at + 1] ?? '';
    const digits = DIGITS[letter] ?? 0;
    if (digits === 0) return { length: 2, text: ESCAPES[letter] ?? letter };
    const code = Number.parseInt(text.slice(at + 2, at + 2 + digits), 16);
    return { length: 2 + digits, text: code <= 0x10ffff ? String.fromCodePoint(code) : '' };
  });
}

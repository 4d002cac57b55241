import { parseTree, type Node, type ParseError } from 'jsonc-parser';
import { decodedSource, decodeEscapes, Pieces, type Source } from '../source.ts';
import { NOT_A_TEXT, type DocumentValue } from './document.ts';

/** JSON (RFC 8259), also with comments and trailing commas, as appsettings.json and tsconfig.json may have them. */
export function parseJson(source: Source): DocumentValue | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(source.text, errors, { allowTrailingComma: true, disallowComments: false });
  return root === undefined || errors.length > 0 ? undefined : valueOf(root, source);
}

function valueOf(node: Node, source: Source): DocumentValue {
  const children = node.children ?? [];
  if (node.type === 'array') return { kind: 'list', items: children.map((child) => valueOf(child, source)) };
  if (node.type === 'object') {
    const entries = children.flatMap(({ children: [name, value] = [] }) =>
      name && value ? [{ name: String(name.value), value: valueOf(value, source) }] : [],
    );
    return { kind: 'map', entries };
  }
  const [start, end] = [node.offset, node.offset + node.length];
  if (node.type === 'string') {
    const pieces = decodeJsonString(source.text, start + 1, end - 1);
    return { kind: 'text', source: decodedSource(source, pieces, { escape: escapeJson }) };
  }
  return { kind: 'text', source: numberSource(source, start, end), unclear: NOT_A_TEXT };
}

/** A number or another bare word. The new value is written as a string, or not at all. */
export function numberSource(source: Source, start: number, end: number): Source {
  const pieces = new Pieces().escape(start, end, source.text.slice(start, end));
  return decodedSource(source, pieces, { escape: (to) => `"${escapeJson(to)}"` });
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** A valid JSON string without its quotes. */
function decodeJsonString(text: string, start: number, end: number): Pieces {
  return decodeEscapes(text, start, end, (at) => {
    const letter = text[at + 1] ?? '';
    if (letter !== 'u') return { length: 2, text: ESCAPES[letter] ?? letter };
    return { length: 6, text: String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 6), 16)) };
  });
}

/** An escape that JSON, double-quoted YAML and TOML read alike. Unlike JSON it escapes all unprintable characters. */
export function escapeJson(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(
      /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

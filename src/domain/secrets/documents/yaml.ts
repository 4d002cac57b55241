import { isAlias, isMap, isScalar, isSeq, parse, parseAllDocuments, type Scalar } from 'yaml';
import { decodedSource, Pieces, sliceSource, type Source } from '../source.ts';
import { NOT_A_TEXT, type DocumentValue } from './document.ts';
import { escapeJson, numberSource } from './json.ts';
import { decodeBlock, decodeFlow, indentOf } from './yaml-scalar.ts';

/*
 * YAML 1.2, also several documents. The place of an alias's text is at the anchor. A tagged value (`!!binary`, `!vault`)
 * stays. A plain or single-quoted scalar gets double quotes if it cannot hold the new text as a string. A block stays
 * a block, or refuses.
 */
export function parseYaml(source: Source): DocumentValue | undefined {
  // Without `uniqueKeys: false` the library compares each key with every other key: 130 s for 40,000 keys (measured).
  const documents = parseAllDocuments(source.text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  if (!Array.isArray(documents) || documents.some((one) => one.errors.length > 0)) return undefined;
  const values = documents.map((one) => valueOf(one.contents, source)).filter((one) => one !== undefined);
  return values.length === 1 ? values[0] : { kind: 'list', items: values };
}

function valueOf(node: unknown, source: Source): DocumentValue | undefined {
  if (isAlias(node)) return undefined;
  if (isMap(node)) {
    const entries = node.items.flatMap(({ key, value }) => {
      const name = isScalar(key) ? String(key.source ?? key.value) : '';
      const found = valueOf(value, source);
      return found ? [{ name, value: found }] : [];
    });
    return { kind: 'map', entries };
  }
  if (isSeq(node))
    return { kind: 'list', items: node.items.map((one) => valueOf(one, source)).filter((one) => one !== undefined) };
  return isScalar(node) ? scalarOf(node, source) : undefined;
}

function scalarOf(node: Scalar, source: Source): DocumentValue | undefined {
  const [start, end] = node.range ?? [0, 0];
  if (end <= start || (node.tag !== undefined && node.tag !== 'tag:yaml.org,2002:str')) return undefined;
  const bare = source.text.slice(start, end);
  if (typeof node.value !== 'string') {
    if (node.value === null) return undefined;
    // Every reader writes such a number unchanged, so it is clear as a text too.
    const clear = /^(?:0|[1-9]\d{0,14})$/.test(bare);
    return { kind: 'text', source: numberSource(source, start, end), ...(!clear && { unclear: NOT_A_TEXT }) };
  }
  const decoded = decode(node, source, start, end);
  if (decoded?.text.replace(/\n+$/, '') !== node.value.replace(/\n+$/, '')) {
    const opaque = decodedSource(source, new Pieces().escape(start, end, node.value), { escape: () => undefined });
    return { kind: 'text', source: opaque, unclear: 'stands in a form of YAML that is not rewritten' };
  }
  // YAML 1.1 does not read these as a text.
  const unclear = node.type === 'PLAIN' && !isSafePlain(bare) && typeof parse11(bare) !== 'string';
  // A block ends with a line break that belongs to the notation and not to the text.
  const ended = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  const text = ended ? sliceSource(decoded, 0, decoded.text.replace(/\n+$/, '').length) : decoded;
  return { kind: 'text', source: text, quoted: node.type !== 'PLAIN', ...(unclear && { unclear: NOT_A_TEXT }) };
}

function decode(node: Scalar, source: Source, start: number, end: number): Source | undefined {
  const { text } = source;
  const doubleQuoted = { start, end, write: (to: string) => `"${escapeJson(to)}"` };
  switch (node.type) {
    case 'PLAIN':
      return decodedSource(source, decodeFlow(text, start, end, 'plain'), {
        escape: (to, whole) => ((whole ? isSafePlain(to) : /^[\w.%~-]+$/.test(to)) ? to : undefined),
        restyle: doubleQuoted,
      });
    case 'QUOTE_SINGLE':
      return decodedSource(source, decodeFlow(text, start + 1, end - 1, 'single'), {
        escape: (to) =>
          /^[\x20-\x7e\xa0-\ud7ff]*$/.test(to) && !/^ | $/.test(to) ? to.replaceAll("'", "''") : undefined,
        restyle: doubleQuoted,
      });
    case 'QUOTE_DOUBLE':
      return decodedSource(source, decodeFlow(text, start + 1, end - 1, 'double'), { escape: escapeJson });
    case 'BLOCK_LITERAL':
    case 'BLOCK_FOLDED': {
      const folded = node.type === 'BLOCK_FOLDED';
      const pieces = decodeBlock(text, start, end, String(node.value), folded);
      if (pieces === undefined) return undefined;
      const indent = ' '.repeat(indentOf(text, start, end));
      return decodedSource(source, pieces, {
        escape: (to) =>
          /^[\x20-\x7e\n\xa0-\ud7ff]+$/.test(to) && !/^\s|\s$/.test(to) && !(folded && /\s/.test(to))
            ? to.replaceAll('\n', `\n${indent}`)
            : undefined,
      });
    }
    default:
      return undefined;
  }
}

/** Whether every reader reads a plain scalar as a string. YAML 1.1 has more words that are no strings. */
function isSafePlain(text: string): boolean {
  return /^[A-Za-z_/][\w./@%+=-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
}

function parse11(text: string): unknown {
  try {
    return parse(text, { version: '1.1', prettyErrors: false, logLevel: 'silent' });
  } catch {
    return text;
  }
}

import { parseXml as parse, XmlCdata, XmlElement, XmlText } from '@rgrove/parse-xml';
import { decodedSource, Pieces, rawSource, trimmed, type Source } from '../source.ts';
import type { DocumentValue, Entry } from './document.ts';

/*
 * XML 1.0. An element is a map of its attributes and elements; an element with neither is a text. The library finds the
 * elements and texts, and checks that the document is well-formed. This file finds the attributes in the start tag.
 */
export function parseXml(source: Source): DocumentValue | undefined {
  try {
    // The parser would remove a carriage return before it counts positions. A space is white space too and keeps them.
    const text = source.text.replaceAll('\r', ' ').replace(/^\ufeff/, ' ');
    const { root } = parse(text.trimStart(), { includeOffsets: true, preserveCdata: true });
    const shift = text.length - text.trimStart().length;
    if (root === null) return undefined;
    const entry = elementEntry(root, source, shift);
    return entry.value.kind === 'map' ? entry.value : { kind: 'map', entries: [entry] };
  } catch {
    return undefined;
  }
}

function elementEntry(element: XmlElement, source: Source, shift: number): Entry {
  const entries: Entry[] = [...attributes(element, source, shift)];
  const children = element.children.filter((child) => child instanceof XmlElement);
  const texts = element.children.filter((child) => child instanceof XmlText && child.text.trim() !== '');
  const [only] = texts;
  if (children.length === 0 && texts.length === 1 && only !== undefined) {
    const text = textSource(only, source, shift);
    if (entries.length === 0) return { name: element.name, value: { kind: 'text', source: text } };
    entries.push({ name: '', value: { kind: 'text', source: text } });
  }
  entries.push(...children.map((child) => elementEntry(child, source, shift)));
  return { name: element.name, value: { kind: 'map', entries } };
}

function textSource(node: XmlElement['children'][number], source: Source, shift: number): Source {
  const [start, end] = [node.start + shift, node.end + shift];
  if (node instanceof XmlCdata) {
    const head = '<![CDATA['.length;
    return trimmed(rawSource(source, start + head, end - ']]>'.length, /\]|[^\t\n\x20-\ud7ff\ue000-\ufffd]/));
  }
  return trimmed(decodedSource(source, decodeEntities(source.text, start, end), { escape: escapeXml }));
}

const NAME = /[^\s=/>]+/y;
const VALUE = /\s*=\s*(?:"[^"]*"|'[^']*')/y;

function attributes(element: XmlElement, source: Source, shift: number): readonly Entry[] {
  const { text } = source;
  const entries: Entry[] = [];
  let at = element.start + shift + 1 + element.name.length;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at += 1;
    NAME.lastIndex = at;
    const name = NAME.exec(text)?.[0];
    if (name === undefined) return entries;
    VALUE.lastIndex = at + name.length;
    const value = VALUE.exec(text)?.[0];
    if (value === undefined) return entries;
    const end = at + name.length + value.length;
    const start = end - value.length + value.search(/["']/) + 1;
    const decoded = decodedSource(source, decodeEntities(text, start, end - 1), { escape: escapeXml });
    entries.push({ name, value: { kind: 'text', source: decoded } });
    at = end;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const ENTITY = /&(?:#x([0-9A-Fa-f]+)|#(\d+)|(\w+));/g;

function decodeEntities(text: string, start: number, end: number): Pieces {
  const pieces = new Pieces();
  let from = start;
  for (const found of text.slice(start, end).matchAll(ENTITY)) {
    const [whole, hex, decimal, name = ''] = found;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const at = start + found.index;
    pieces.plain(text, from, at).escape(at, at + whole.length, ENTITIES[name] ?? String.fromCodePoint(code));
    from = at + whole.length;
  }
  return pieces.plain(text, from, end);
}

/** `undefined` for characters that XML 1.0 cannot write: control characters and halves of surrogate pairs. */
function escapeXml(text: string): string | undefined {
  if (/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) return undefined;
  return text.replace(/[<>&"'\t\n\r]/g, (one) => {
    const name = Object.keys(ENTITIES).find((entity) => ENTITIES[entity] === one);
    return name === undefined ? `&#${one.charCodeAt(0)};` : `&${name};`;
  });
}

import type { Password } from '../password.ts';
import { escapeJson } from './documents/json.ts';
import { base64Decoded } from './notations/base64.ts';
import { percentEncode } from './notations/percent.ts';
import { readLocated, type Reading, type Templates, type Texts } from './read-logins.ts';
import { rootSource, trimmed } from './source.ts';

export interface StrayPlace {
  readonly key: string;
  /** The line, or the path in the document; never the text. */
  readonly within: string;
  /** Whether the password is the whole value, or a whole text of a document. */
  readonly whole: boolean;
}

/**
 * Places of a password outside of any login. A person has to look at them; a rotation never writes them. The search
 * covers the whole value, whole texts of documents, and any part of the text, raw and in each notation. It skips the
 * places where `reading` already has this password.
 */
export function strayPlaces(
  texts: Texts,
  reading: Reading,
  password: Password,
  templates: Templates = {},
): readonly StrayPlace[] {
  const wanted = password.reveal();
  const users = new Set(reading.logins.flatMap(({ user }) => user?.text ?? []));
  const needles = needlesOf(wanted, users);
  // The other parts of a login have the meaning of their names, even if they look like the password.
  const known = new Set(
    reading.logins
      // The place of a different password may still hold this password in another notation.
      .flatMap(({ password: one, user, hosts, database }) => [
        one?.password.reveal() === wanted ? one : undefined,
        user,
        ...hosts,
        database,
      ])
      .flatMap((place) => (place === undefined ? [] : [idOf(place.key, place.within, place.meaning)])),
  );
  return Object.keys(texts)
    .sort()
    .flatMap((key) => {
      const text = texts[key] ?? '';
      const located = readLocated({ [key]: text }, templates);
      const value = trimmed(rootSource(text)).text;
      const spans: [number, number][] = [];
      for (const { place, source } of located.located.values()) {
        if (!known.has(idOf(key, place.within, place.meaning))) continue;
        const span = source.edit(0, source.text.length, 'x');
        if (span) spans.push([span.start, span.end]);
      }
      if (value === wanted) return spans.length > 0 ? [] : [{ key, within: '', whole: true }];
      const strays: StrayPlace[] = located.seen
        .filter(({ source }) => source.outer !== undefined && source.text === wanted)
        .flatMap(({ source }) => {
          const span = source.edit(0, source.text.length, 'x');
          if (span) spans.push([span.start, span.end]);
          return [{ key, within: lineOf(text, span?.start ?? 0), whole: true }];
        });
      // Searches the texts of a document, where the escapes are decoded.
      for (const { source } of located.seen) {
        const at = source.outer === undefined || source.text === wanted ? -1 : source.text.indexOf(wanted);
        const span = at < 0 ? undefined : source.edit(at, at + wanted.length, 'x');
        if (span === undefined || spans.some(([from, to]) => span.start < to && span.end > from)) continue;
        spans.push([span.start, span.end]);
        strays.push({ key, within: lineOf(text, span.start), whole: false });
      }
      if (base64Decoded(trimmed(rootSource(text)))?.text === wanted)
        strays.push({ key, within: 'base64', whole: true });
      return [
        ...strays,
        ...occurrences(text, needles, spans).map((at) => ({ key, within: lineOf(text, at), whole: false })),
      ];
    });
}

const idOf = (...parts: readonly string[]): string => JSON.stringify(parts);

/** The password as it is, and in the form of each notation. */
function needlesOf(wanted: string, users: ReadonlySet<string>): readonly string[] {
  const encoded = percentEncode(wanted);
  const whole = [wanted, ...[...users].map((user) => `${user}:${wanted}`)].flatMap((text) => {
    const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
    return [btoa(bytes), btoa(bytes).replaceAll('+', '-').replaceAll('/', '_')];
  });
  const xml = wanted.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    ...new Set([
      wanted,
      ...(encoded === undefined
        ? []
        : [
            encoded,
            encoded.replaceAll('%20', '+'),
            encoded.replace(/%../g, (one) => one.toLowerCase()),
            encodeURI(wanted),
          ]),
      escapeJson(wanted),
      wanted.replace(/[\\:]/g, '\\$&'),
      wanted.replace(/[\\']/g, '\\$&'),
      wanted.replaceAll("'", "''"),
      wanted.replaceAll('"', '""'),
      xml,
      xml.replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
      ...whole,
    ]),
  ];
}

/** The first hit in each line, at most a hundred, so that a password of one letter makes no flood. */
function occurrences(
  text: string,
  needles: readonly string[],
  spans: readonly (readonly [number, number])[],
): readonly number[] {
  const found = new Map<number, number>();
  const sorted = [...spans].sort(([a], [b]) => a - b);
  for (const needle of needles) {
    let next = 0;
    for (let at = text.indexOf(needle); at >= 0 && found.size < 100;) {
      while (next < sorted.length && (sorted[next]?.[1] ?? 0) <= at) next += 1;
      const [from, to] = sorted[next] ?? [text.length, text.length];
      const lineEnd = text.indexOf('\n', at);
      const known = at + needle.length > from;
      if (!known) found.set(lineEnd, Math.min(at, found.get(lineEnd) ?? at));
      if (!known && lineEnd < 0) break;
      at = text.indexOf(needle, known ? to : Math.max(lineEnd, at + needle.length));
    }
  }
  return [...found.values()].sort((a, b) => a - b);
}

function lineOf(text: string, at: number): string {
  let line = 1;
  for (let mark = text.indexOf('\n'); mark >= 0 && mark < at; mark = text.indexOf('\n', mark + 1)) line += 1;
  return `line ${line}`;
}

import type { Password } from '../password.ts';
import { escapeJson } from './documents/json.ts';
import { base64Decoded } from './notations/base64.ts';
import { percentEncode } from './notations/percent.ts';
import { readLocated, type Reading, type Templates, type Texts } from './read-logins.ts';
import { rootSource, trimmed } from './source.ts';

export interface StrayPlace {
  readonly key: string;
  /** The line, or the way into the document; never the text. */
  readonly within: string;
  /** Whether it is all of the value, or all of a text of a document. */
  readonly whole: boolean;
}

/**
 * Where a password stands that is at no place of a login: this is for a person to look at and is never written. Looks
 * for the whole value, whole texts of documents, and within the text raw and in each notation. What `reading`
 * knows as a password's place with this password is left out.
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
  // Other parts of a login are what their names say, whatever they are spelt like.
  const known = new Set(
    reading.logins
      // A password's place with another text may hold this one in another notation.
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
      // Within a text of a document, whose escapes are undone there.
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

/** The password as it is and as the notations would write it. */
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

/** The first one of each line, at most a hundred, so that a password of one letter is no flood. */
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

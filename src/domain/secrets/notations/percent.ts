import { decodedSource, Pieces, type Source } from '../source.ts';

/** The UTF-8 text of a percent-encoded text; `undefined` where a `%` begins no valid sequence: parsers differ there. */
export function percentDecoded(outer: Source, start: number, end: number): Source | undefined {
  const pieces = decodePercent(outer.text, start, end);
  return pieces && decodedSource(outer, pieces, { escape: percentEncode });
}

/** Encodes all but RFC 3986's unreserved characters, also `'()!*`: a shell around the URI would interpret them. */
export function percentEncode(text: string): string | undefined {
  try {
    return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  } catch {
    return undefined; // half of a surrogate pair
  }
}

function decodePercent(text: string, start: number, end: number): Pieces | undefined {
  const pieces = new Pieces();
  let from = start;
  for (let at = text.indexOf('%', start); at >= 0 && at < end; at = text.indexOf('%', from)) {
    const first = Number.parseInt(text.slice(at + 1, at + 3), 16);
    const bytes = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const until = at + 3 * bytes;
    if (until > end) return undefined;
    try {
      pieces.plain(text, from, at).escape(at, until, decodeURIComponent(text.slice(at, until)));
    } catch {
      return undefined;
    }
    from = until;
  }
  return pieces.plain(text, from, end);
}

/*
 * A text and the way back to the bytes that it was decoded from. Notations nest: a password in a URI in a JSON string.
 * Each layer is a lens: it decodes a span of the outer text, and turns an edit of the decoded text into an edit of the
 * outer one, so that at the end only the bytes of the value change.
 *
 *   root   {"url":"postgres:\/\/app:s3cr3t@db"}      edit(25, 31, …)
 *   JSON          postgres://app:s3cr3t@db           edit(15, 21, …)
 *   URI                          s3cr3t              edit(0, 6, …)
 */

/** What to put between two positions of the outermost text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly source: string;
}

export interface Source {
  /** The decoded text. */
  readonly text: string;
  /** The text from which this text was decoded. */
  readonly outer?: Source;
  /** The edit of the outermost text that puts `to` there, or `undefined` where the notation cannot hold it. */
  edit(start: number, end: number, to: string): TextEdit | undefined;
}

export function rootSource(text: string): Source {
  return { text, edit: (start, end, source) => ({ start, end, source }) };
}

export function sliceSource(outer: Source, start: number, end: number): Source {
  return {
    text: outer.text.slice(start, end),
    outer,
    edit: (from, until, to) => outer.edit(start + from, start + until, to),
  };
}

/** The text without the white space around it, as CNPG reads a value. */
export function trimmed(outer: Source): Source {
  const start = outer.text.length - outer.text.trimStart().length;
  return sliceSource(outer, start, Math.max(start, outer.text.trimEnd().length));
}

/** A decoded text in pieces. A piece is plain text, or the text of one escape, which no edit may divide. */
export class Pieces {
  readonly #pieces: { start: number; end: number; at: number; length: number; asItStands: boolean }[] = [];
  readonly #texts: string[] = [];
  #length = 0;

  /** The outer text from `start` to `end` is plain text. */
  plain(outer: string, start: number, end: number): this {
    if (end <= start) return this;
    const last = this.#pieces.at(-1);
    if (last?.asItStands === true && last.end === start) {
      last.end = end;
      last.length += end - start;
    } else {
      this.#pieces.push({ start, end, at: this.#length, length: end - start, asItStands: true });
    }
    this.#texts.push(outer.slice(start, end));
    this.#length += end - start;
    return this;
  }

  escape(start: number, end: number, text: string): this {
    this.#pieces.push({ start, end, at: this.#length, length: text.length, asItStands: false });
    this.#texts.push(text);
    this.#length += text.length;
    return this;
  }

  text(): string {
    return this.#texts.join('');
  }

  /** The position in the outer text of the decoded text from `start` to `end`; `undefined` if it divides an escape. */
  span(start: number, end: number): { start: number; end: number } | undefined {
    if (end <= start) return undefined;
    const first = this.#pieceAt(start);
    const last = this.#pieceAt(end - 1);
    if (first === undefined || last === undefined) return undefined;
    if (!first.asItStands && first.at !== start) return undefined;
    if (!last.asItStands && last.at + last.length !== end) return undefined;
    return {
      start: first.asItStands ? first.start + start - first.at : first.start,
      end: last.asItStands ? last.start + end - last.at : last.end,
    };
  }

  #pieceAt(position: number) {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[middle]?.at ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    // An escape may have an empty text (a line's continuation). The piece at the position has a length.
    while (low > 0 && this.#pieces[low]?.length === 0) low -= 1;
    return this.#pieces[low];
  }
}

export interface Writing {
  /** How `to` is written in the existing style; `undefined` where this style cannot hold it. */
  readonly escape: (to: string, whole: boolean) => string | undefined;
  /** The whole in another style, for what `escape` cannot hold: from `start` to `end` of the outer text. */
  readonly restyle?: {
    readonly start: number;
    readonly end: number;
    readonly write: (text: string) => string | undefined;
  };
}

export function decodedSource(outer: Source, pieces: Pieces, { escape, restyle }: Writing): Source {
  const text = pieces.text();
  return {
    text,
    outer,
    edit: (start, end, to) => {
      const span = pieces.span(start, end);
      const escaped = span && escape(to, start === 0 && end === text.length);
      if (span && escaped !== undefined) return outer.edit(span.start, span.end, escaped);
      const written = restyle?.write(text.slice(0, start) + to + text.slice(end));
      return restyle && written !== undefined ? outer.edit(restyle.start, restyle.end, written) : undefined;
    },
  };
}

/** A plain text that may not hold what `forbidden` matches. */
export function rawSource(outer: Source, start: number, end: number, forbidden: RegExp, restyle?: Writing['restyle']) {
  return decodedSource(outer, new Pieces().plain(outer.text, start, end), {
    escape: (to) => (forbidden.test(to) ? undefined : to),
    restyle,
  });
}

/** A text with backslash escapes. `read` returns the length and the text of the escape at a position. */
export function decodeEscapes(
  text: string,
  start: number,
  end: number,
  read: (at: number) => { readonly length: number; readonly text: string },
): Pieces {
  const pieces = new Pieces();
  let from = start;
  for (let at = text.indexOf('\\', start); at >= 0 && at < end; at = text.indexOf('\\', from)) {
    const escape = read(at);
    pieces.plain(text, from, at).escape(at, at + escape.length, escape.text);
    from = at + escape.length;
  }
  return pieces.plain(text, from, end);
}

/** A text in which a backslash before a character makes the character literal. */
export function decodeBackslashes(text: string, start: number, end: number): Pieces {
  const pieces = new Pieces();
  let from = start;
  for (let at = start; at < end; at += 1) {
    if (text[at] !== '\\' || at + 1 >= end) continue;
    pieces.plain(text, from, at).escape(at, at + 2, text.slice(at + 1, at + 2));
    at += 1;
    from = at + 1;
  }
  return pieces.plain(text, from, end);
}

/** A text in which a quote is written twice. */
export function decodeDoubled(text: string, start: number, end: number, quote: string): Pieces {
  const pieces = new Pieces();
  let from = start;
  for (let at = text.indexOf(quote + quote, start); at >= 0 && at + 1 < end; at = text.indexOf(quote + quote, at + 2)) {
    pieces.plain(text, from, at).escape(at, at + 2, quote);
    from = at + 2;
  }
  return pieces.plain(text, from, end);
}

import type { Place } from './place.ts';
import { placeId, readLocated, type LocatedReading, type Templates, type Texts } from './read-logins.ts';
import type { Source } from './source.ts';

export interface Edit {
  readonly place: Place;
  /** The new text, decoded. */
  readonly to: string;
}

export type Rewritten =
  | { readonly changed: Texts }
  /** The first place that cannot be written, and why; holds no text of a value. */
  | { readonly refused: Place; readonly because: string };

/**
 * The changed keys with their new texts. Each place gets its new text in its old notation, and every other byte stays.
 * Each write is proven by reading the new texts again: they must have the same places, the new text at this place, and
 * the same text at every other place.
 */
export function rewrite(texts: Texts, edits: readonly Edit[], templates: Templates = {}): Rewritten {
  let changed: Texts = {};
  for (const { place, to } of edits) {
    const key = place.key;
    const before = changed[key] ?? (Object.hasOwn(texts, key) ? texts[key] : undefined);
    if (before === undefined) return { refused: place, because: 'there is no such key' };
    const reading = readLocated({ [key]: before }, templates);
    const found = reading.located.get(placeId(place));
    if (found === undefined) return { refused: place, because: 'there is no such place' };
    if (to === '') return { refused: place, because: 'an empty text would take the place away' };
    if (found.source.text === to) continue;
    const edit = found.source.edit(0, found.source.text.length, to);
    if (edit === undefined) return { refused: place, because: 'its notation cannot hold the new text' };
    const after = before.slice(0, edit.start) + edit.source + before.slice(edit.end);
    const wrong = disproved(reading, readLocated({ [key]: after }, templates), place, to);
    if (wrong !== undefined) return { refused: place, because: wrong };
    changed = { ...changed, [key]: after };
  }
  return { changed: Object.fromEntries(Object.entries(changed).filter(([key, text]) => texts[key] !== text)) };
}

/** Why the texts after a write differ in more than the one changed text; `undefined` when they do not. */
function disproved(before: LocatedReading, after: LocatedReading, place: Place, to: string): string | undefined {
  const id = placeId(place);
  if (before.located.size !== after.located.size) return 'writing it would change which places there are';
  for (const [other, { source }] of before.located) {
    const now = after.located.get(other)?.source.text;
    if (now === undefined) return 'writing it would change which places there are';
    if (other === id ? now !== to : now !== source.text) return 'it would not be read as it was written';
  }
  const around = new Set<Source>();
  for (let one = before.located.get(id)?.source; one !== undefined; one = one.outer) around.add(one);
  const same =
    before.seen.length === after.seen.length &&
    before.seen.every(({ source }, index) => around.has(source) || source.text === after.seen[index]?.source.text);
  if (!same) return 'writing it would change another text';
  const untold = JSON.stringify(before.notUnderstood) === JSON.stringify(after.notUnderstood);
  return untold ? undefined : 'writing it would change what is understood';
}

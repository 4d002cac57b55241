import { splitOutsideParentheses } from './label-selector.ts';

/** Flags that stand without a value. A value can only follow them after `=`. */
const SWITCHES: ReadonlySet<string> = new Set([
  'auto-reload-all',
  'enable-ha',
  'sync-after-restart',
  'enable-pprof',
  'enable-csi-integration',
]);

/** The flags of a command line. */
export interface Flags {
  /** The last value; undefined where the flag is absent or empty. */
  text(name: string): string | undefined;
  /** Every value, parted by commas. As in Reloader, spaces belong to a value. */
  list(name: string): readonly string[];
  isSet(name: string): boolean;
}

/** Reads `--name=value` and `--name value`, as Reloader's library for flags does. */
export function readFlags(words: readonly string[]): Flags {
  const found: { readonly name: string; readonly value: string }[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [, name, , value] = /^--([^=\s]+)(=(.*))?$/s.exec(words[at] ?? '') ?? [];
    if (name === undefined) continue;
    if (value !== undefined) found.push({ name, value });
    else if (SWITCHES.has(name)) found.push({ name, value: 'true' });
    else found.push({ name, value: words[(at += 1)] ?? '' });
  }
  const values = (wanted: string): readonly string[] =>
    found.filter(({ name, value }) => name === wanted && value !== '').map(({ value }) => value);
  return {
    text: (name) => values(name).at(-1),
    list: (name) =>
      values(name)
        .flatMap(splitOutsideParentheses)
        .filter((part) => part !== ''),
    isSet: (name) => isTrue(values(name).at(-1)),
  };
}

/** What Go's `ParseBool` takes for true. */
export function isTrue(text: string | undefined): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text ?? '');
}

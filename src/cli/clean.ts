import { oneLine, visible } from '../domain/text/control-characters.ts';

/** Fields of a report that have several lines: commands, a diff, manifests. */
const OF_LINES: ReadonlySet<string> = new Set(['advice', 'patch', 'manifests']);

/**
 * Makes a report's texts safe for a terminal: text from others (names, messages of servers, a reason) controls neither
 * the terminal nor the page.
 */
export function clean<T>(value: T): T {
  return cleaned(value, '') as T;
}

function cleaned(value: unknown, key: string): unknown {
  if (typeof value === 'string') return OF_LINES.has(key) ? visible(value) : oneLine(value);
  if (Array.isArray(value)) return value.map((one) => cleaned(one, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cleaned(inner, name)]));
}

/** The lines of a text without their ends, with their positions. */
export function* linesOf(
  text: string,
): Generator<{ readonly start: number; readonly end: number; readonly number: number }> {
  let start = 0;
  for (let number = 1; start <= text.length; number += 1) {
    const found = text.indexOf('\n', start);
    const next = found < 0 ? text.length : found;
    yield { start, end: found > start && text[next - 1] === '\r' ? next - 1 : next, number };
    start = next + 1;
  }
}

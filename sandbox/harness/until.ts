/** Waits for a fact, looking often. @throws an error that names it when it does not come. */
export async function until<T>(
  fact: string,
  look: () => T | Promise<T>,
  timeoutMs: number,
  explain: () => string = () => '',
): Promise<NonNullable<T>> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (Date.now() > giveUpAt) throw new Error(`waited ${timeoutMs / 1_000} s for ${fact}. ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whom the last command left behind, against what a world expects. */
export function judgeLeftBehind(expected: readonly string[] | undefined, found: readonly string[] = []): string[] {
  if (expected === undefined) return [];
  const fits = (regex: string, client: string): boolean => new RegExp(regex, 'i').test(client);
  return [
    ...expected
      .filter((regex) => !found.some((client) => fits(regex, client)))
      .map((regex) => `no client that is left behind matches /${regex}/`),
    ...found
      .filter((client) => !expected.some((regex) => fits(regex, client)))
      .map((client) => `left behind: ${client}`),
  ];
}

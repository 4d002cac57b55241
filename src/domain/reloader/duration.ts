const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/y;

/** Seconds of a duration as Go writes it, such as `5m` or `1h30m`; undefined where the text is none, or not positive. */
export function goDurationSeconds(text: string): number | undefined {
  let ms = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const [, amount = '', unit = ''] = PART.exec(text) ?? [];
    if (amount === '') return undefined;
    ms += Number(amount) * (UNIT_MS[unit] ?? 0);
  }
  return ms > 0 ? ms / 1_000 : undefined;
}

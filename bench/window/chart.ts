import { METHODS, type Method } from './methods.ts';
import type { Measured } from './summary.ts';

const WIDTH = 760;
const LEFT = 16;
const PLOT_WIDTH = WIDTH - 2 * LEFT;
const STRIP_HEIGHT = 96;
const STRIP_GAP = 52;
const TOP = 56;
/** Width of a bar, in seconds. */
const BIN_SECONDS = 0.25;

const COLOURS = { accepted: '#c3d9e8', refused: '#c0392b', text: '#57606a' } as const;

/** Logins of the applications over the time of a rotation, one strip for each method, as SVG. */
export function chart(measured: readonly Measured[]): string {
  const methods = (Object.keys(METHODS) as Method[]).filter((method) => measured.some((one) => one.method === method));
  const longest = Math.ceil(Math.max(...measured.map(({ seconds }) => seconds)));
  const bins = Math.ceil(longest / BIN_SECONDS);
  const strips = methods.map((method) => {
    const all = measured.filter((one) => one.method === method);
    return {
      method,
      rotations: all.length,
      refused: histogram(
        bins,
        all.flatMap(({ refusedAfter }) => refusedAfter),
      ),
      accepted: histogram(
        bins,
        all.flatMap(({ acceptedAfter }) => acceptedAfter),
      ),
    };
  });
  const highest = Math.max(
    1,
    ...strips.flatMap(({ refused, accepted }) => refused.map((n, i) => n + (accepted[i] ?? 0))),
  );
  const height = TOP + methods.length * (STRIP_HEIGHT + STRIP_GAP);
  const parts = strips.map((strip, index) => {
    const bottom = TOP + index * (STRIP_HEIGHT + STRIP_GAP) + STRIP_HEIGHT;
    const total = strip.refused.reduce((sum, n) => sum + n, 0);
    const title = `${METHODS[strip.method]}: ${total} refused in ${strip.rotations} rotations`;
    return [
      text(LEFT, bottom - STRIP_HEIGHT - 10, title),
      ...bars(strip.accepted, strip.refused, bottom, highest, bins),
      `<line x1="${LEFT}" y1="${bottom}" x2="${LEFT + PLOT_WIDTH}" y2="${bottom}" stroke="${COLOURS.text}"/>`,
      ...ticks(longest, bottom),
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" role="img" aria-label="Logins over the time of a rotation">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(LEFT, 16, 'Logins each quarter of a second: accepted (blue), refused (red); seconds since the start'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function histogram(bins: number, after: readonly number[]): readonly number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const seconds of after) {
    const bin = Math.floor(seconds / BIN_SECONDS);
    if (bin >= 0 && bin < bins) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function bars(
  accepted: readonly number[],
  refused: readonly number[],
  bottom: number,
  highest: number,
  bins: number,
): readonly string[] {
  const width = PLOT_WIDTH / bins;
  const bar = (bin: number, from: number, count: number, colour: string): string => {
    const unit = STRIP_HEIGHT / highest;
    const x = LEFT + bin * width;
    const y = bottom - (from + count) * unit;
    return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(1, width - 0.5).toFixed(1)}" height="${(count * unit).toFixed(1)}" fill="${colour}"/>`;
  };
  return refused.flatMap((bad, bin) => {
    const good = accepted[bin] ?? 0;
    return [
      ...(good > 0 ? [bar(bin, 0, good, COLOURS.accepted)] : []),
      ...(bad > 0 ? [bar(bin, good, bad, COLOURS.refused)] : []),
    ];
  });
}

function ticks(longest: number, bottom: number): readonly string[] {
  const every = longest > 30 ? 10 : 5;
  return Array.from({ length: Math.floor(longest / every) + 1 }, (_, index) => {
    const seconds = index * every;
    return text(LEFT + (seconds / longest) * PLOT_WIDTH, bottom + 15, `${seconds} s`);
  });
}

function text(x: number, y: number, content: string): string {
  return `<text x="${x.toFixed(1)}" y="${y}" fill="${COLOURS.text}">${content}</text>`;
}

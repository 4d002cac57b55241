import Table from 'cli-table3';
import { median } from '../statistics.ts';
import { METHODS, type Method } from './methods.ts';

/** One change of a password, seen from the applications and from PostgreSQL's log. */
export interface Measured {
  readonly method: Method;
  readonly seconds: number;
  /** Until the last pod with the old password was gone. */
  readonly secondsUntilReplaced: number;
  /** Seconds of each step of a rotation. */
  readonly steps?: Readonly<Record<string, number>>;
  readonly tried: number;
  readonly refused: number;
  readonly unreachable: number;
  /** Counted from PostgreSQL's own log. */
  readonly refusedByServer: number;
  /** From the first to the last refusal in PostgreSQL's log. */
  readonly windowSeconds: number;
  /** When the applications were refused, in seconds since the beginning of the change. */
  readonly refusedAfter: readonly number[];
  /** The same of accepted logins. */
  readonly acceptedAfter: readonly number[];
}

export interface Row {
  readonly method: Method;
  readonly rotations: number;
  readonly tried: number;
  readonly refused: number;
  readonly refusedByServer: number;
  readonly unreachable: number;
  readonly medianWindowSeconds: number;
  readonly longestWindowSeconds: number;
  readonly medianSeconds: number;
  /** `medianSeconds` as a multiple of that of the hand, which ends with `rollout status`. */
  readonly timesTheHand: number;
  /** The median of what it took in each turn as a multiple of the hand in the same turn: what else the machine did counts least. */
  readonly timesTheHandByTurn: number;
  readonly medianSecondsUntilReplaced: number;
  /** `medianSecondsUntilReplaced` as a multiple of that of the hand. */
  readonly timesTheHandUntilReplaced: number;
}

export function summarize(measured: readonly Measured[]): readonly Row[] {
  const of = (method: Method) => measured.filter((one) => one.method === method);
  const time = (method: Method): number => median(of(method).map(({ seconds }) => seconds));
  const replaced = (method: Method): number =>
    median(of(method).map(({ secondsUntilReplaced }) => secondsUntilReplaced));
  const hand = of('hand');
  return (Object.keys(METHODS) as Method[]).map((method) => {
    const all = of(method);
    const sum = (what: 'tried' | 'refused' | 'refusedByServer' | 'unreachable'): number =>
      all.reduce((total, one) => total + one[what], 0);
    const windows = all.map(({ windowSeconds }) => windowSeconds);
    return {
      method,
      rotations: all.length,
      tried: sum('tried'),
      refused: sum('refused'),
      refusedByServer: sum('refusedByServer'),
      unreachable: sum('unreachable'),
      medianWindowSeconds: median(windows),
      longestWindowSeconds: Math.max(0, ...windows),
      medianSeconds: time(method),
      timesTheHand: time(method) / time('hand'),
      timesTheHandByTurn: median(all.map(({ seconds }, turn) => seconds / (hand[turn]?.seconds ?? NaN))),
      medianSecondsUntilReplaced: replaced(method),
      timesTheHandUntilReplaced: replaced(method) / replaced('hand'),
    };
  });
}

export function table(rows: readonly Row[]): string {
  const printed = new Table({
    head: [
      '',
      'rotations',
      'logins tried',
      'refused',
      "in PostgreSQL's log",
      'window',
      'time',
      '× by hand',
      'by turn',
      'no old pod',
      '× by hand',
    ],
    style: { head: [], border: [] },
  });
  for (const row of rows)
    printed.push([
      METHODS[row.method],
      row.rotations,
      row.tried,
      row.tried === 0 ? '0' : `${row.refused} (${((100 * row.refused) / row.tried).toFixed(0)} %)`,
      row.refusedByServer,
      row.refusedByServer === 0 ? 'none' : `${row.medianWindowSeconds.toFixed(1)} s`,
      `${row.medianSeconds.toFixed(1)} s`,
      row.timesTheHand.toFixed(2),
      row.timesTheHandByTurn.toFixed(2),
      `${row.medianSecondsUntilReplaced.toFixed(1)} s`,
      row.timesTheHandUntilReplaced.toFixed(2),
    ]);
  return `${printed.toString()}\n`;
}

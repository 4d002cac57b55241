import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { awaitReport, startRotation } from '../src/client/rotate.ts';
import { TASK_QUEUE } from '../src/temporal/task-queue.ts';
import { withBench, type Bench } from './bench.ts';
import { withNewPassword } from './new-password.ts';
import { Observer } from './observer.ts';
import { median } from './statistics.ts';

/** What one rotation in place may add, in seconds, and how many events its history may have. */
const LIMITS = { addedSeconds: 1, events: 90 } as const;

/** Of one change of the password, in seconds from the write of the Secret. */
interface Change {
  readonly by: 'hand' | 'cnpg-rotator';
  readonly sync: number;
  /** Until `kubectl rollout status` would have ended. */
  readonly rollout: number;
  /** Until the last pod with the old password was gone, for which nobody waits. */
  readonly replaced: number;
  /** From the start to the end, as whoever asked for it sees it. */
  readonly total: number;
  /** `total` without what CNPG and the rollout take by themselves: the longer of `sync` and `rollout`. */
  readonly added: number;
  readonly events?: number;
  readonly steps?: Readonly<Record<string, number>>;
}

interface Options {
  readonly rotations: string;
  readonly component: string;
  readonly output: 'table' | 'json';
}

export function addOverheadCommand(program: Command): void {
  program
    .command('overhead')
    .description('what a rotation in place adds to the time that CNPG and the rollout take by themselves')
    .option('--rotations <n>', 'rotations, each beside a change by hand', '10')
    .option('--component <name>', 'of the shipped catalogue', 'litellm')
    .addOption(new Option('--output <format>', 'form of the result').choices(['table', 'json']).default('table'))
    .action(async ({ rotations, component, output }: Options) => {
      const count = Number(rotations);
      if (!Number.isInteger(count) || count < 1) throw new Error(`--rotations ${rotations}: expected a number from 1`);
      const changes = await withBench(component, (bench) => measure(bench, count));
      process.stdout.write(output === 'json' ? `${JSON.stringify(summary(changes), undefined, 2)}\n` : table(changes));
    });
}

/** By turns, so that whatever else the machine does meets both alike. */
async function measure(bench: Bench, count: number): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (let turn = 1; turn <= count; turn += 1) {
    for (const change of [byHand, byRotation]) {
      const seen = await change(bench);
      changes.push(seen);
      process.stderr.write(
        `${turn}/${count} ${seen.by}: ${seen.total.toFixed(2)} s, added ${seen.added.toFixed(2)} s\n`,
      );
    }
  }
  return changes;
}

/** The documented procedure with an instant operator: write the Secret, wait for the login and the rollout. */
async function byHand(bench: Bench): Promise<Change> {
  const { world, component } = bench;
  const { namespace, secret: name } = component;
  const observer = await Observer.begin(bench);
  const stringData = await withNewPassword(world, component);
  const startedAt = performance.now();
  await world.core.patchNamespacedSecret(
    { namespace, name, body: { stringData } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
  return { by: 'hand', ...durations(startedAt, await observer.end()) };
}

async function byRotation(bench: Bench): Promise<Change> {
  const { temporal, component } = bench;
  const observer = await Observer.begin(bench);
  const ended = observer.end();
  const startedAt = performance.now();
  const handle = await startRotation(temporal.client, TASK_QUEUE, { component: component.name, reason: 'measured' });
  const report = await awaitReport(handle);
  const endedAt = performance.now();
  if (report.outcome !== 'rotated')
    throw new Error(`the rotation ended as ${report.outcome}: ${report.cause?.message ?? ''}`);
  const { historyLength } = await handle.describe();
  return {
    by: 'cnpg-rotator',
    ...durations(startedAt, await ended, endedAt),
    events: historyLength,
    steps: Object.fromEntries(report.steps.map(({ step, seconds = NaN }) => [step, seconds])),
  };
}

function durations(
  startedAt: number,
  seen: Awaited<ReturnType<Observer['end']>>,
  endedAt = Math.max(seen.synced, seen.rolledOut),
): Omit<Change, 'by'> {
  const { published, synced, rolledOut, replaced } = seen;
  const seconds = (from: number, to: number): number => Math.round(to - from) / 1_000;
  const byThemselves = Math.max(synced, rolledOut);
  return {
    sync: seconds(published, synced),
    rollout: seconds(published, rolledOut),
    replaced: seconds(published, replaced),
    total: seconds(startedAt, endedAt),
    added: Math.round(endedAt - startedAt - (byThemselves - published)) / 1_000,
  };
}

function summary(changes: readonly Change[]) {
  const of = (by: Change['by']) => changes.filter((change) => change.by === by);
  const middle = (by: Change['by'], what: 'sync' | 'rollout' | 'replaced' | 'total' | 'added'): number =>
    median(of(by).map((change) => change[what]));
  const medians = (by: Change['by']) => ({
    sync: middle(by, 'sync'),
    rollout: middle(by, 'rollout'),
    replaced: middle(by, 'replaced'),
    total: middle(by, 'total'),
  });
  return {
    limits: LIMITS,
    hand: medians('hand'),
    rotator: {
      ...medians('cnpg-rotator'),
      added: middle('cnpg-rotator', 'added'),
      events: Math.max(...of('cnpg-rotator').map(({ events = 0 }) => events)),
    },
    changes,
  };
}

function table(changes: readonly Change[]): string {
  const { hand, rotator } = summary(changes);
  const rows = new Table({
    head: ['median of', 'login works', 'rollout done', 'old pods gone', 'whole', 'added'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const seconds = (value: number): string => `${value.toFixed(2)} s`;
  const cells = (of: typeof hand): string[] => [of.sync, of.rollout, of.replaced, of.total].map(seconds);
  const count = changes.length / 2;
  rows.push(
    [`${count} by hand`, ...cells(hand), ''],
    [`${count} rotations`, ...cells(rotator), seconds(rotator.added)],
  );
  const verdict = (fine: boolean): string => (fine ? 'within the limit' : 'OVER the limit');
  return [
    rows.toString(),
    `added by a rotation: ${seconds(rotator.added)}, ${verdict(rotator.added <= LIMITS.addedSeconds)} of ${seconds(LIMITS.addedSeconds)}`,
    `events in its history: ${rotator.events}, ${verdict(rotator.events <= LIMITS.events)} of ${LIMITS.events}`,
    '',
  ].join('\n');
}

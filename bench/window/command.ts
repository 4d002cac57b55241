import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { awaitAdoption, startAdoption } from '../../src/client/adopt.ts';
import { findComponent, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { build } from '../../sandbox/common/go-build.ts';
import { kubectl } from '../../sandbox/real/index.ts';
import type { Component } from '../../src/domain/component.ts';
import { countRefusedLogins } from '../../src/domain/proofs/refused-logins.ts';
import { withBench, type Bench } from '../bench.ts';
import { chart } from './chart.ts';
import { Logins } from '../../sandbox/harness/logins.ts';
import { byHand, byRotation, METHODS, type Method, type Span } from './methods.ts';
import { noteOldPods } from './old-pods.ts';
import { letOnlyRun } from './only.ts';
import { addPool, poolName, removePool } from './pool.ts';
import { summarize, table, type Measured } from './summary.ts';

/** After a change, so that the next one begins with a quiet cluster and every line of the last one has been read. */
const SETTLE_MS = 2_000;

/** The sandbox's pods have addresses of 10.244.0.0/24, of which the first is the node's. */
const FROM_A_POD = /"connection_from":"10\.244\.0\.(?!1:)/;

interface Options {
  readonly rotations: string;
  readonly component: string;
  readonly alternatingComponent: string;
  readonly output: 'table' | 'json';
  readonly report?: string;
  readonly chart?: string;
}

export function addWindowCommand(program: Command): void {
  program
    .command('window')
    .description('how many logins are refused during a change of the password: by hand, in place, and alternating')
    .option('--rotations <n>', 'changes of each kind, by turns', '5')
    .option('--component <name>', 'whose password changes by hand and in place', 'litellm')
    .option('--alternating-component <name>', 'who gets alternating roles for the time of the measurement', 'obot')
    .option('--report <file>', 'every change as JSON')
    .option('--chart <file>', 'refused logins over time as SVG')
    .addOption(new Option('--output <format>', 'form of the result').choices(['table', 'json']).default('table'))
    .action(async (options: Options) => {
      const count = Number(options.rotations);
      if (!Number.isInteger(count) || count < 1)
        throw new Error(`--rotations ${options.rotations}: expected a number from 1`);
      const measured = await withBench(options.component, (bench) => measure(bench, options, count));
      const rows = summarize(measured);
      if (options.report !== undefined)
        writeFileSync(options.report, `${JSON.stringify({ rows, measured }, null, 2)}\n`);
      if (options.chart !== undefined) writeFileSync(options.chart, chart(measured));
      process.stdout.write(options.output === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));
    });
}

/**
 * The two ways of one component change places from turn to turn: the first of them begins with pods that were only just
 * started, the other with those that the first has left.
 */
function orderOf(turn: number): readonly Method[] {
  return turn % 2 === 1 ? ['hand', 'in-place', 'alternating'] : ['in-place', 'hand', 'alternating'];
}

/** By turns, so that whatever else the machine does meets all three alike. */
async function measure(bench: Bench, options: Options, count: number): Promise<readonly Measured[]> {
  const tool = kubectl();
  await build(tool, new AbortController().signal, (text) => process.stderr.write(`${text}\n`));
  const other = findComponent(loadCatalogue(), options.alternatingComponent);
  const components = [bench.component, other];
  try {
    await Promise.all(components.map((component) => addPool(bench.world, component)));
    await adopt(bench, other, false);
    const ways: Readonly<Record<Method, readonly [Component, () => Promise<Span>]>> = {
      hand: [bench.component, () => byHand(bench, bench.component, tool.binary)],
      'in-place': [bench.component, () => byRotation(bench, bench.component, 'in-place')],
      alternating: [other, () => byRotation(bench, other, 'alternating')],
    };
    const measured: Measured[] = [];
    for (let turn = 1; turn <= count; turn += 1) {
      for (const method of orderOf(turn)) {
        const [component, change] = ways[method];
        await letOnlyRun(bench.world, component, components);
        const seen = await observe(bench, component, method, change);
        measured.push(seen);
        process.stderr.write(
          `${turn}/${count} ${METHODS[method]}: ${seen.seconds.toFixed(1)} s, ${seen.refused} of ${seen.tried} logins refused\n`,
        );
      }
    }
    return measured;
  } finally {
    const tell = (error: unknown): unknown => process.stderr.write(`${String(error)}\n`);
    await Promise.all(components.map((component) => letOnlyRun(bench.world, component, [component]))).catch(tell);
    await adopt(bench, other, true).catch(tell);
    await Promise.all(components.map((component) => removePool(bench.world, component)));
  }
}

async function observe(
  bench: Bench,
  component: Component,
  method: Method,
  change: () => Promise<Span>,
): Promise<Measured> {
  const { namespace, name } = component;
  const logins = await Logins.listen(bench.world, namespace, [name, poolName(component)]);
  try {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const oldPodsGone = await noteOldPods(bench.world, component);
    const { from, to, steps } = await change();
    const replaced = Math.max(to, await oldPodsGone());
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    // What is refused just after the end belongs to the change too.
    const seen = logins.between(from, to + SETTLE_MS);
    const after = (outcome: 'accepted' | 'refused') =>
      seen.filter((login) => login.outcome === outcome).map(({ at }) => (at - from) / 1_000);
    const server = await refusedByServer(bench, component, from);
    return {
      method,
      seconds: (to - from) / 1_000,
      secondsUntilReplaced: (replaced - from) / 1_000,
      steps,
      tried: seen.length,
      refused: after('refused').length,
      unreachable: seen.filter(({ outcome }) => outcome === 'unreachable').length,
      refusedByServer: server.count,
      windowSeconds: server.windowSeconds,
      refusedAfter: after('refused'),
      acceptedAfter: after('accepted'),
    };
  } finally {
    logins.stop();
  }
}

/** Counted from PostgreSQL's own log. */
async function refusedByServer({ world }: Bench, component: Component, since: number) {
  const { namespace, role, alternating } = component;
  const [whole, pods] = await Promise.all([
    world.core.readNamespacedPodLog({
      namespace,
      name: await world.primary(component),
      container: 'postgres',
      sinceSeconds: Math.ceil((Date.now() - since) / 1_000) + 1,
    }),
    world.core.listNamespacedPod({ namespace }),
  ]);
  const addresses = pods.items.map(({ metadata, status }) => [status?.podIP ?? '', metadata?.name ?? ''] as const);
  // The rotator proves from outside of the pods' network that the old password is refused; that is nobody's trouble.
  const log = whole
    .split('\n')
    .filter((line) => FROM_A_POD.test(line))
    .join('\n');
  return countRefusedLogins(log, {
    roles: [role, ...alternating.logins.map((login) => login.role)],
    since,
    ownAddresses: new Set(),
    pods: new Map(addresses),
  });
}

async function adopt({ temporal }: Bench, component: Component, undo: boolean): Promise<void> {
  const report = await awaitAdoption(
    await startAdoption(temporal.client, TASK_QUEUE, { component: component.name, undo }),
  );
  if (report.outcome !== (undo ? 'undone' : 'adopted'))
    throw new Error(`${component.name} was not ${undo ? 'taken back' : 'adopted'}: ${report.cause?.message ?? ''}`);
}

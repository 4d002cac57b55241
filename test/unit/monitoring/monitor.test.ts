import getPort from 'get-port';
import type { ComponentState } from '../../../src/domain/status.ts';
import { monitoringPauseMs, MONITORING_AT_ONCE } from '../../../src/domain/budgets.ts';
import { monitor } from '../../../src/monitoring/monitor.ts';
import { exampleComponent } from '../../harness/examples.ts';

const CATALOGUE = Array.from({ length: 25 }, (_, index) => exampleComponent({ name: `component-${index}` }));

describe('a worker’s look at its catalogue', () => {
  it('reads ten components side by side and each of them once', async () => {
    const waiting: (() => void)[] = [];
    const read: string[] = [];
    const port = await getPort();
    const watching = await monitor({
      port,
      workerStates: () => ['RUNNING'],
      components: CATALOGUE,
      readState: async ({ name, namespace, cluster, strategy }): Promise<ComponentState> => {
        read.push(name);
        await new Promise<void>((resolve) => waiting.push(resolve));
        return { component: name, namespace, cluster, strategy };
      },
      countWaiting: () => Promise.resolve(0),
      sdkMetrics: `http://127.0.0.1:${port}/healthz`,
    });
    const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

    const side: number[] = [];
    while (read.length < CATALOGUE.length || waiting.length > 0) {
      await scrape();
      side.push(waiting.length);
      for (const go of waiting.splice(0)) go();
    }
    const metrics = await scrape();
    watching.close();

    expect(Math.max(...side)).toBe(MONITORING_AT_ONCE);
    expect(read).toEqual(CATALOGUE.map(({ name }) => name));
    for (const { name } of CATALOGUE) expect(metrics).toContain(`"${name}"`);
  });

  it('costs the API server less than 20 reads of Secrets a second, with any catalogue', () => {
    const readsPerSecond = [1, 4, 150, 1_000, 10_000].map((size) => (size * 2 * 1_000) / monitoringPauseMs(size));
    expect(Math.max(...readsPerSecond)).toBeLessThanOrEqual(20);
    expect(monitoringPauseMs(4)).toBe(15_000);
  });
});

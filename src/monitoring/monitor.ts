import { setTimeout } from 'node:timers/promises';
import pMap from 'p-map';
import { Gauge, Registry } from 'prom-client';
import { MONITORING_AT_ONCE, monitoringPauseMs } from '../domain/budgets.ts';
import type { Component } from '../domain/component.ts';
import { messageOf } from '../domain/failures.ts';
import type { ComponentState } from '../domain/status.ts';
import { logger } from '../log.ts';
import { ComponentMetrics } from './component-metrics.ts';
import { serveMonitoring } from './server.ts';

export interface MonitorOptions {
  readonly port: number;
  /** Temporal's names: `RUNNING`, `FAILED` and the like, one for each worker of the process. */
  readonly workerStates: () => readonly string[];
  /** The whole catalogue. */
  readonly components: readonly Component[];
  readonly readState: (component: Component) => Promise<ComponentState>;
  /** How many rotations wait for an approval now. */
  readonly countWaiting: () => Promise<number>;
  /** Where Temporal's SDK shows its metrics, and those that the workflows count. */
  readonly sdkMetrics: string;
}

/** Answers the kubelet and Prometheus until it is closed. */
export async function monitor(options: MonitorOptions): Promise<{ close(): void }> {
  const components = new ComponentMetrics();
  const registry = new Registry();
  const waiting = new Gauge({
    name: 'cnpg_rotator_waiting_approvals',
    help: 'Rotations that wait for an approval.',
    registers: [registry],
  });
  const looked = new Gauge({
    name: 'cnpg_rotator_last_look_timestamp_seconds',
    help: 'When the worker last looked at the components, in seconds since 1970.',
    registers: [registry],
  });
  const look = async (): Promise<void> => {
    try {
      components.set(await pMap(options.components, options.readState, { concurrency: MONITORING_AT_ONCE }));
      waiting.set(await options.countWaiting());
      looked.set(Date.now() / 1_000);
    } catch (error) {
      // The time of the last look stays as it is, and an alert rule sees that.
      logger.warn({ reason: messageOf(error) }, 'the worker could not look at the components');
    }
  };
  const server = await serveMonitoring(options.port, {
    isHealthy: () => options.workerStates().every((state) => state !== 'FAILED' && state !== 'STOPPED'),
    isReady: () => options.workerStates().every((state) => state === 'RUNNING'),
    metrics: async () => {
      const sdk = await fetch(options.sdkMetrics).then((response) => response.text());
      return [sdk.trimEnd(), await components.text(), await registry.metrics()].join('\n');
    },
  });
  const closed = new AbortController();
  // One look at a time: a look that takes long delays the next one.
  const keepLooking = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await look();
      await setTimeout(monitoringPauseMs(options.components.length), undefined, { signal: closed.signal }).catch(
        () => undefined,
      );
    }
  };
  void keepLooking();
  return {
    close() {
      closed.abort();
      server.close();
      server.closeAllConnections();
    },
  };
}

import path from 'node:path';
import getPort from 'get-port';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { TemporalTarget } from '../../src/temporal/target.ts';

const NAMESPACE = 'default';

/** A Temporal server of a run's own, whose database is in the folder. */
export async function startTemporal(folder: string): Promise<DevServer> {
  const [port, uiPort] = [await getPort(), await getPort()];
  return startDevServer({ port, uiPort, database: path.join(folder, 'temporal.db'), namespace: NAMESPACE });
}

export function targetOf({ address }: DevServer): TemporalTarget {
  return { connection: { address }, namespace: NAMESPACE, taskQueue: TASK_QUEUE };
}

import { createServer, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../domain/failures.ts';
import { logger } from '../log.ts';

/** What the worker answers a kubelet and Prometheus with. */
export interface Monitored {
  /** The process is alive and its workers have not failed: else the kubelet starts it anew. */
  readonly isHealthy: () => boolean;
  /** The workers take work. */
  readonly isReady: () => boolean;
  /** Every metric, in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/healthz`, `/readyz` and `/metrics`.
 * @param port on every address of the pod.
 * @throws Error when the port is taken.
 */
export async function serveMonitoring(port: number, monitored: Monitored): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://worker').pathname;
    void answer(path, response, monitored).catch((error: unknown) => {
      logger.warn({ path, reason: messageOf(error) }, 'a scrape was not answered');
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return server;
}

async function answer(path: string, response: ServerResponse, monitored: Monitored): Promise<void> {
  const say = (holds: boolean): void => {
    response.writeHead(holds ? 200 : 503, { 'content-type': TEXT }).end(holds ? 'ok\n' : 'no\n');
  };
  if (path === '/healthz') say(monitored.isHealthy());
  else if (path === '/readyz') say(monitored.isReady());
  else if (path === '/metrics') response.writeHead(200, { 'content-type': TEXT }).end(await monitored.metrics());
  else response.writeHead(404).end('The paths are /healthz, /readyz and /metrics.\n');
}

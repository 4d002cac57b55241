import { execFile } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import type { Container } from './environment.ts';

/** What a probe of a running container needs to know. */
export interface ProbeTarget {
  readonly address: string;
  /** Where the container's one HTTP server listens, whatever port the manifest names. */
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
}

/** Whether the container's readiness probe succeeds now; without one it is ready when it runs. */
export async function isReady({ readinessProbe }: Container, target: ProbeTarget): Promise<boolean> {
  if (readinessProbe === undefined) return true;
  const timeoutMs = (readinessProbe.timeoutSeconds ?? 1) * 1_000;
  if (readinessProbe.httpGet !== undefined) return getSucceeds(target, readinessProbe.httpGet.path ?? '/', timeoutMs);
  if (readinessProbe.tcpSocket !== undefined) return connects(target, timeoutMs);
  const command = readinessProbe.exec?.command;
  return command === undefined || commandSucceeds(command, target.env, timeoutMs);
}

function getSucceeds({ address, port }: ProbeTarget, path: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ host: address, port, path, timeout, agent: false }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

function connects({ address, port }: ProbeTarget, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port, timeout });
    socket.on('connect', () => resolve(true));
    socket.on('timeout', () => resolve(false));
    socket.on('error', () => resolve(false));
    for (const over of ['connect', 'timeout'] as const) socket.on(over, () => socket.destroy());
  });
}

function commandSucceeds(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout, cwd: '/' }, (error) => resolve(error === null));
  });
}

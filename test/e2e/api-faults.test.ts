import { readFileSync, writeFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { awaitReport } from '../../src/client/rotate.ts';
import type { Step } from '../../src/domain/rotation.ts';
import { FaultProxy, type Fault } from './support/fault-proxy.ts';
import { Harness, LITELLM } from './support/harness.ts';
import { until } from './support/programs.ts';

const MINUTE = 60_000;
const OUTAGE_MS = 30_000;

let harness: Harness;
let proxy: FaultProxy;

beforeAll(async () => {
  harness = await Harness.open();
  const file = harness.environment['KUBECONFIG'] ?? '';
  const direct = new KubeConfig();
  direct.loadFromFile(file);
  proxy = await FaultProxy.start({
    server: direct.getCurrentCluster()?.server ?? '',
    ca: Buffer.from(direct.getCurrentCluster()?.caData ?? '', 'base64'),
    token: direct.getCurrentUser()?.token ?? '',
  });
  // The worker's own kubeconfig, with the proxy for the API server; the proxy brings the token.
  const { url } = proxy;
  const context = { name: 'through-the-proxy', cluster: 'proxy', user: 'proxy' };
  const config = {
    clusters: [{ name: 'proxy', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'proxy', user: {} }],
  };
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      ...config,
      contexts: [{ name: context.name, context: { cluster: context.cluster, user: context.user } }],
      'current-context': context.name,
    }),
  );
  expect(readFileSync(file, 'utf8')).toContain(url);
  await harness.startWorker();
}, 20 * MINUTE);

afterAll(async () => {
  proxy.stop();
  expect(await harness.close()).toEqual([]);
});

beforeEach(() => {
  proxy.fault = () => undefined;
  proxy.faults = 0;
});

/** Exactly one of the two passwords is valid, and everything has that one. */
async function expectRotatedFrom(oldPassword: string): Promise<void> {
  const { world } = harness;
  const { password = '', uri = '' } = await world.secret(LITELLM);
  expect(password === oldPassword).toBe(false);
  expect(uri.includes(password)).toBe(true);
  expect(await world.accepts(LITELLM, password)).toBe(true);
  expect(await world.accepts(LITELLM, oldPassword)).toBe(false);
  for (const pod of await world.applicationPods(LITELLM)) expect(pod).toMatchObject({ ready: true });
}

describe('an API server that fails now and then', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['409 Conflict', { status: 409, reason: 'Conflict' }],
    ['429 Too Many Requests', { status: 429, reason: 'TooManyRequests' }],
    ['500 Internal Server Error', { status: 500, reason: 'InternalError' }],
    ['a connection that breaks', 'disconnect'],
  ];
  it.each(faults)(
    'with %s for every fourth request: the rotation ends as it would have',
    async (_, fault) => {
      const oldPassword = await harness.world.password(LITELLM);
      let requests = 0;
      proxy.fault = () => ((requests += 1) % 4 === 0 ? fault : undefined);
      const report = await harness.rotate();
      expect(report.outcome).toBe('rotated');
      expect(proxy.faults).toBeGreaterThan(5);
      await expectRotatedFrom(oldPassword);
    },
    5 * MINUTE,
  );

  it(
    'with watches that are dropped again and again: the rotation ends as it would have',
    async () => {
      const oldPassword = await harness.world.password(LITELLM);
      let dropped = 0;
      const dropping = setInterval(() => (dropped += proxy.dropWatches()), 200);
      try {
        expect((await harness.rotate()).outcome).toBe('rotated');
      } finally {
        clearInterval(dropping);
      }
      expect(dropped).toBeGreaterThan(5);
      await expectRotatedFrom(oldPassword);
    },
    5 * MINUTE,
  );
});

describe('an API server that is away for 30 s', () => {
  const steps: readonly Step[] = ['preflight', 'stage', 'publish', 'sync', 'restart', 'verify', 'finish'];
  it.each(steps)(
    'from the beginning of the step %s: the rotation waits, and ends as it would have',
    async (step) => {
      const oldPassword = await harness.world.password(LITELLM);
      const handle = await harness.startRotation();
      await until(
        `the step ${step}`,
        async () => (await harness.progress(handle))?.steps.some((record) => record.step === step),
        MINUTE,
      );
      proxy.fault = () => 'disconnect';
      proxy.dropWatches();
      setTimeout(() => (proxy.fault = () => undefined), OUTAGE_MS);
      const report = await awaitReport(handle);
      expect(report.outcome).toBe('rotated');
      await expectRotatedFrom(oldPassword);
    },
    5 * MINUTE,
  );
});

import { execa } from 'execa';
import { awaitReport, startRotation } from '../../src/client/rotate.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { Component, Strategy } from '../../src/domain/component.ts';
import type { Bench } from '../bench.ts';
import { withNewPassword } from '../new-password.ts';
import { poolName } from './pool.ts';

/** Three ways to change a password. */
export const METHODS = {
  hand: 'by hand with kubectl',
  'in-place': 'cnpg-rotator, in place',
  alternating: 'cnpg-rotator, alternating',
} as const;
export type Method = keyof typeof METHODS;

/** In milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** Seconds of each step; the hand has none. */
  readonly steps?: Readonly<Record<string, number>>;
}

/**
 * The documented procedure: write the Secret, let CNPG and Reloader react, and wait for `rollout status` of both
 * applications. The hand knows at once what to type next, and does not look whether an old pod is still ending.
 */
export async function byHand({ world }: Bench, component: Component, kubectl: string): Promise<Span> {
  const { namespace, secret } = component;
  const deployments = [component.name, poolName(component)];
  const stringData = await withNewPassword(world, component);
  const generations = await Promise.all(
    deployments.map(async (name) => {
      const { metadata } = await world.apps.readNamespacedDeployment({ namespace, name });
      return metadata?.generation ?? 0;
    }),
  );
  const run = (args: readonly string[], input?: string) =>
    execa(kubectl, ['--kubeconfig', world.sandbox.kubeconfig, '-n', namespace, ...args], {
      input,
    });
  const from = Date.now();
  // Not "patch", which takes its patch from an argument or a file: a password stands in neither.
  const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret }, stringData };
  await run(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(manifest));
  await Promise.all(
    deployments.map(async (name, index) => {
      const reacted = `jsonpath={.metadata.generation}=${(generations[index] ?? 0) + 1}`;
      await run(['wait', `deployment/${name}`, `--for=${reacted}`, '--timeout=60s']);
      await run(['rollout', 'status', `deployment/${name}`, '--timeout=180s']);
    }),
  );
  return { from, to: Date.now() };
}

/** Without the look at who is left behind, which waits on purpose: the hand does not look either. */
export async function byRotation({ temporal }: Bench, component: Component, strategy: Strategy): Promise<Span> {
  const from = Date.now();
  const handle = await startRotation(temporal.client, TASK_QUEUE, {
    component: component.name,
    strategy,
    watchSeconds: 0,
    reason: 'measured',
  });
  const report = await awaitReport(handle);
  const to = Date.now();
  if (report.outcome !== 'rotated')
    throw new Error(`the rotation of ${component.name} ended as ${report.outcome}: ${report.cause?.message ?? ''}`);
  const steps = Object.fromEntries(report.steps.map(({ step, seconds }) => [step, seconds ?? 0]));
  return { from, to, steps };
}

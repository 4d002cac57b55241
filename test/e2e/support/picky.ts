import { createHash } from 'node:crypto';
import type { Component } from '../../../src/domain/component.ts';
import { until } from './programs.ts';
import type { World } from './world.ts';

/** A second reader of the component's Secret that is ready with one password only. */
export const PICKY = 'litellm-picky';

/** @param progressDeadlineSeconds after how long the Deployment itself says that its rollout does not come to an end. */
export async function deployPicky(
  world: World,
  { namespace, secret, ...component }: Component,
  { password, progressDeadlineSeconds = 600 }: { readonly password: string; readonly progressDeadlineSeconds?: number },
): Promise<void> {
  const { imageName } = (await world.cluster({ ...component, namespace, secret })).spec as { imageName: string };
  const accepted = createHash('sha256').update(password).digest('hex');
  const labels = { app: PICKY };
  await world.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: PICKY, namespace, annotations: { 'reloader.stakater.com/auto': 'true' } },
    spec: {
      replicas: 1,
      progressDeadlineSeconds,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'picky',
              image: imageName,
              imagePullPolicy: 'IfNotPresent',
              command: ['sleep', 'infinity'],
              env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } }],
              readinessProbe: {
                periodSeconds: 1,
                exec: {
                  command: ['bash', '-c', `test "$(printf %s "$PASSWORD" | sha256sum | cut -c1-64)" = ${accepted}`],
                },
              },
            },
          ],
        },
      },
    },
  });
  await until(
    `${PICKY} to be ready`,
    async () => (await world.apps.readNamespacedDeployment({ namespace, name: PICKY })).status?.readyReplicas === 1,
    60_000,
  );
}

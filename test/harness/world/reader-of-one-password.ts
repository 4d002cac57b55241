import { createHash } from 'node:crypto';
import type { Component } from '../../../src/domain/component.ts';
import { deployReader } from './secret-reader.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** A second reader of the component's Secret that is ready with one password only. */
export const READER_OF_ONE_PASSWORD = 'litellm-picky';

/** @param progressDeadlineSeconds after how long the Deployment itself says that its rollout does not come to an end. */
export async function deployReaderOfOnePassword(
  world: World,
  component: Component,
  { password, progressDeadlineSeconds = 600 }: { readonly password: string; readonly progressDeadlineSeconds?: number },
): Promise<void> {
  const accepted = createHash('sha256').update(password).digest('hex');
  await deployReader(world, component, {
    kind: 'Deployment',
    name: READER_OF_ONE_PASSWORD,
    spec: { progressDeadlineSeconds },
    container: {
      env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: component.secret, key: 'password' } } }],
      readinessProbe: {
        periodSeconds: 1,
        exec: { command: ['bash', '-c', `test "$(printf %s "$PASSWORD" | sha256sum | cut -c1-64)" = ${accepted}`] },
      },
    },
  });
}

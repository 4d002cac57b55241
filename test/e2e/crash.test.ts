import { Watch } from '@kubernetes/client-node';
import type { V1Secret } from '@kubernetes/client-node';
import { awaitReport } from '../../src/client/rotate.ts';
import { STEPS, type Step } from '../../src/domain/rotation.ts';
import { Harness, LITELLM } from './support/harness.ts';
import { until } from './support/programs.ts';
import { textOf, fingerprint } from './support/world.ts';

const MINUTE = 60_000;

let harness: Harness;
/** Fingerprints of every password that stood in any version of the live or the staging Secret. */
const passwords = new Set<string>();
let stopWatching: AbortController;

beforeAll(async () => {
  harness = await Harness.open();
  const note = (secret: V1Secret): void => {
    if (secret.metadata?.name?.startsWith(LITELLM.secret) !== true) return;
    for (const [key, value] of Object.entries(textOf(secret)))
      if (key.endsWith('password')) passwords.add(fingerprint(value));
  };
  stopWatching = await new Watch(harness.world.config).watch(
    `/api/v1/namespaces/${LITELLM.namespace}/secrets`,
    { resourceVersion: '0' },
    (_, secret: V1Secret) => note(secret),
    () => undefined,
  );
}, 20 * MINUTE);

afterAll(async () => {
  stopWatching.abort();
  await harness.close();
});

const INTERRUPTED: readonly Step[] = STEPS.filter((step) => step !== 'emergency');

describe('a worker killed with SIGKILL', () => {
  it.each(INTERRUPTED)(
    'when the step %s has begun, and restarted: the rotation ends as it would have, with one password generated',
    async (step) => {
      const { world } = harness;
      const oldPassword = await world.password(LITELLM);
      passwords.clear();
      passwords.add(fingerprint(oldPassword));
      const worker = await harness.startWorker();
      const handle = await harness.startRotation();
      await until(
        `the step ${step}`,
        async () =>
          (await harness.progress(handle))?.steps.some((record) => record.step === step) ?? (await isOver(handle)),
        2 * MINUTE,
      );
      await worker.kill('SIGKILL');
      const successor = await harness.startWorker();
      await expect(awaitReport(handle)).resolves.toMatchObject({ outcome: 'rotated' });
      await successor.kill('SIGTERM');

      const newPassword = await world.password(LITELLM);
      expect(await world.accepts(LITELLM, newPassword)).toBe(true);
      expect(await world.accepts(LITELLM, oldPassword)).toBe(false);
      expect([...passwords].sort()).toEqual([fingerprint(oldPassword), fingerprint(newPassword)].sort());
    },
    4 * MINUTE,
  );

  it(
    'stopped with SIGTERM in the middle hands its step over at once',
    async () => {
      const worker = await harness.startWorker();
      const handle = await harness.startRotation();
      await until(
        'the restart',
        async () => (await harness.progress(handle))?.steps.some(({ step }) => step === 'restart'),
        MINUTE,
      );
      expect(await worker.kill('SIGTERM')).toBe(0);
      const successor = await harness.startWorker();
      await expect(awaitReport(handle)).resolves.toMatchObject({ outcome: 'rotated' });
      await successor.kill('SIGTERM');
    },
    4 * MINUTE,
  );
});

async function isOver(handle: { describe(): Promise<{ status: { name: string } }> }): Promise<boolean> {
  return (await handle.describe()).status.name !== 'RUNNING';
}

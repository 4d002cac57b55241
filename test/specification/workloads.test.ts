import { Writable } from 'node:stream';
import { Log } from '@kubernetes/client-node';
import { deletePod } from '../harness/faults/faults.ts';
import { LITELLM, ownWarnings, useHarness } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { deployReaderOfOnePassword, READER_OF_ONE_PASSWORD } from '../harness/world/reader-of-one-password.ts';
import { until } from '../../sandbox/harness/until.ts';
import { deployReader, reloadersHash } from '../harness/world/secret-reader.ts';
import { RELOADER } from '../../sandbox/common/names.ts';

const MINUTE = 60_000;
const { namespace, secret: LIVE } = LITELLM;
const ENV = 'litellm-env';
const READER = 'litellm-worker';
const RELOADED_FROM = 'reloader.stakater.com/last-reloaded-from';

// Not every worker may read the second Secret and workload.
const harness = useHarness({ asAdministrator: true, worker: true, components: ['litellm'] });

describe('a component with a second Secret and a second workload', () => {
  it(
    'has both Secrets changed together and both workloads restarted, each proven for what it reads',
    async () => {
      const { world } = harness;
      const { password: old = '', uri = '' } = await world.secret(LITELLM);
      await world.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: ENV, namespace },
        stringData: { DATABASE_URL: uri, SALT: 'not-a-password' },
      });
      await deployReader(world, LITELLM, {
        kind: 'StatefulSet',
        name: READER,
        container: { envFrom: [{ secretRef: { name: ENV } }] },
        volumes: [{ name: 'credential', secret: { secretName: LIVE } }],
      });
      try {
        const before = await world.core.readNamespacedPod({ namespace, name: `${READER}-0` });
        const report = await harness.rotate();
        expect(report).toMatchObject({ outcome: 'rotated', secrets: [LIVE, ENV] });
        expect(ownWarnings(report)).toEqual([
          expect.stringContaining(`${READER} has no readiness probe`),
          expect.stringContaining(`${READER} has one replica`),
        ]);
        expect(report.workloads).toEqual([
          { kind: 'Deployment', namespace, name: 'litellm', secrets: [LIVE] },
          { kind: 'StatefulSet', namespace, name: READER, secrets: [LIVE, ENV] },
        ]);
        expect(report.steps.find(({ step }) => step === 'restart')?.detail).toContain(
          `StatefulSet ${READER}: 1 new pod ready`,
        );
        const after = await world.core.readNamespacedPod({ namespace, name: `${READER}-0` });
        expect(after.metadata?.uid).not.toBe(before.metadata?.uid);
        const { password = '' } = await world.secret(LITELLM);
        const env = await world.secret({ ...LITELLM, secret: ENV });
        expect(env).toEqual({ DATABASE_URL: uri.replace(old, password), SALT: 'not-a-password' });
      } finally {
        await world.apps.deleteNamespacedStatefulSet({ namespace, name: READER });
        await world.core.deleteNamespacedSecret({ namespace, name: ENV });
      }
    },
    5 * MINUTE,
  );
});

describe('a workload whose pods take long to end', () => {
  it(
    'holds up no rotation in place: the new pods are ready, and the old one has no use for a password that is refused',
    async () => {
      const { world } = harness;
      const name = 'litellm-slow';
      await deployReader(world, LITELLM, {
        kind: 'Deployment',
        name,
        container: {
          command: ['bash', '-c', 'trap "" TERM; while true; do sleep 0.2; done'],
          env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: LIVE, key: 'password' } } }],
        },
        graceSeconds: 600,
      });
      const podsOf = async () => {
        const { items } = await world.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` });
        return items.map(({ metadata }) => metadata?.name ?? '');
      };
      const [old = ''] = await podsOf();
      try {
        const report = await harness.rotate();
        expect(report.outcome).toBe('rotated');
        expect(report.steps.find(({ step }) => step === 'restart')?.detail).toContain(
          `Deployment ${name}: 1 new pod ready, by Reloader; 1 old ending`,
        );
        expect(await podsOf()).toContain(old);
      } finally {
        await world.apps.deleteNamespacedDeployment({ namespace, name });
        for (const pod of await podsOf()) await deletePod(world, namespace, pod);
      }
    },
    5 * MINUTE,
  );
});

describe('with Reloader’s strategy “annotations”', () => {
  it(
    'a rollout is known by the annotation on the pod template, and awaited',
    async () => {
      const { world } = harness;
      const before = await argumentsOfReloader();
      await setArgumentsOfReloader(['--reload-strategy=annotations']);
      try {
        const report = await harness.rotate();
        expect(ownWarnings(report)).toEqual([]);
        expect(report.steps.find(({ step }) => step === 'restart')?.detail).toMatch(
          /^Deployment litellm: 2 new pods ready, by Reloader(; \d old ending)?$/,
        );
        const { spec } = await world.apps.readNamespacedDeployment({ namespace, name: LITELLM.name });
        expect(spec?.template.metadata?.annotations?.[RELOADED_FROM]).toContain(`"${LIVE}"`);
      } finally {
        await setArgumentsOfReloader(before);
      }
    },
    5 * MINUTE,
  );

  it(
    'and left for the other one, the annotation that stays there counts for no restart on the way back',
    async () => {
      const { world } = harness;
      const { spec } = await world.apps.readNamespacedDeployment({ namespace, name: LITELLM.name });
      const stays = JSON.parse(spec?.template.metadata?.annotations?.[RELOADED_FROM] ?? '{}') as { hash?: string };
      const password = await world.password(LITELLM);
      await deployReaderOfOnePassword(world, LITELLM, { password, progressDeadlineSeconds: 15 });
      try {
        const report = await harness.rotate();
        expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'RolloutIncomplete' } });
        await expectExactlyOnePassword(world, LITELLM, { valid: password });
        expect(await reloadersHash(world, LITELLM)).toBe(stays.hash);
      } finally {
        await world.apps.deleteNamespacedDeployment({ namespace, name: READER_OF_ONE_PASSWORD });
      }
    },
    5 * MINUTE,
  );
});

describe('a pod’s log', () => {
  it('is followed: lines come as they are printed', async () => {
    const { world } = harness;
    const pod = (await world.applicationPods(LITELLM))[0]?.name ?? '';
    let printed = '';
    const stream = new Writable({
      write: (chunk: Buffer, _, done) => {
        printed += chunk.toString('utf8');
        done();
      },
    });
    const following = await new Log(world.config).log(namespace, pod, LITELLM.name, stream, {
      follow: true,
      // Of what was printed before, the newest line alone: the client does not ask for none.
      tailLines: 1,
    });
    try {
      await until('three more lines', () => printed.split('\n').length > 3, MINUTE / 2);
      expect(printed).toMatch(/^.*accepted user=litellm/);
    } finally {
      following.abort();
    }
  });
});

const reloader = () => harness.world.apps.readNamespacedDeployment(RELOADER);

async function argumentsOfReloader(): Promise<readonly string[]> {
  return (await reloader()).spec?.template.spec?.containers[0]?.args ?? [];
}

/** Waits until the new one runs alone. */
async function setArgumentsOfReloader(args: readonly string[]): Promise<void> {
  const body = await reloader();
  for (const container of body.spec?.template.spec?.containers ?? []) container.args = [...args];
  await harness.world.apps.replaceNamespacedDeployment({ ...RELOADER, body });
  await until(
    'the new Reloader to run alone',
    async () => {
      const { metadata, status } = await reloader();
      const { replicas, updatedReplicas, availableReplicas, observedGeneration } = status ?? {};
      return (
        observedGeneration === metadata?.generation &&
        [replicas, updatedReplicas, availableReplicas].every((count) => count === 1)
      );
    },
    MINUTE,
  );
}

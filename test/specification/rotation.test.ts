import { awaitBatchReport, startBatch } from '../../src/client/batch.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { LANGFUSE, LITELLM, OBOT, shipped, useHarness } from '../harness/harness.ts';
import { expectNewPasswords, passwordsOf } from '../harness/proofs/password-agreement.ts';
import { expectWholeRotation } from '../harness/proofs/whole-rotation.ts';

const MINUTE = 60_000;

const harness = useHarness({ worker: true });

const { namespace, secret, name } = LITELLM;
const relabel = (value: string | null) => () =>
  harness.world.patch({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace,
      name: secret,
      labels: { 'kustomize.toolkit.fluxcd.io/name': value, 'kustomize.toolkit.fluxcd.io/namespace': value },
    },
  });
const pause = (paused: boolean) => () => harness.world.patchDeployment(namespace, name, { spec: { paused } });

describe('a rotation that cannot end well', () => {
  it.each([
    ['a Secret that Flux would put back', 'secrets-are-ours', relabel('apps'), relabel(null)],
    ['a workload whose rollout is held back', 'workloads-can-roll-out', pause(true), pause(false)],
  ] as const)(
    '%s: it is refused with its cause, and nothing is changed',
    async (_, type, make, unmake) => {
      const { world } = harness;
      await make();
      try {
        const before = await world.snapshot(namespace);
        expect(await harness.rotate()).toMatchObject({ outcome: 'unchanged', cause: { type } });
        expect((await world.snapshot(namespace)) === before).toBe(true);
      } finally {
        await unmake();
      }
    },
    2 * MINUTE,
  );
});

describe('a rotation', () => {
  it(
    'goes through its steps within their budgets, proves the password, and tells what it cost those who logged in',
    () => expectWholeRotation(harness),
    4 * MINUTE,
  );
});

describe('a database that writes times its own way, and shows its roles to nobody', () => {
  const inDatabase = (statements: string) => harness.world.sql(LITELLM, `\\connect ${LITELLM.database}\n${statements}`);

  it(
    'keeps no rotation from its proof; only what the role could do is missing in the report',
    async () => {
      const { database } = LITELLM;
      await inDatabase(
        `ALTER DATABASE ${database} SET datestyle = 'German, DMY'; REVOKE SELECT ON pg_roles FROM PUBLIC;`,
      );
      try {
        const report = await harness.rotate();
        expect(report.outcome).toBe('rotated');
        expect(report.roleAttributes).toBeUndefined();
      } finally {
        await inDatabase(`ALTER DATABASE ${database} RESET datestyle; GRANT SELECT ON pg_roles TO PUBLIC;`);
      }
    },
    3 * MINUTE,
  );
});

describe('a batch', () => {
  it(
    'rotates all four components by one start',
    async () => {
      const { world, temporal } = harness;
      const components = [LITELLM, LANGFUSE, OBOT, shipped('dragonfly')];
      const old = await passwordsOf(world, components);
      const report = await awaitBatchReport(await startBatch(temporal.client, TASK_QUEUE, {}));
      expect(report.outcome).toBe('rotated');
      expect(report.components.map(({ component, outcome }) => `${component} ${outcome}`)).toEqual(
        components.map(({ name }) => `${name} rotated`),
      );
      await expectNewPasswords(world, components, old);
    },
    8 * MINUTE,
  );
});

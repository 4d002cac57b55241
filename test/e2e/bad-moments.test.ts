import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { stringify } from 'yaml';
import { workerKubeconfig } from '../../sandbox/common/worker-account.ts';
import { connectDependencies } from '../../src/activities/proof/connect.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import { abortRotation } from '../../src/client/interventions.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { Component } from '../../src/domain/component.ts';
import type { Diagnosis } from '../../src/domain/rotation/diagnosis.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { KubernetesConnection } from '../../src/kubernetes/connection.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import type { Program } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';
import { Camera, changedBetween } from '../harness/proofs/snapshot.ts';

const MINUTE = 60_000;
const { namespace } = LITELLM;
const STAGING = `${LITELLM.secret}-rotation`;

/** A role of the living Cluster that a DatabaseRole declares, with a Secret of its own. */
const DECLARED: Component = {
  ...LITELLM,
  name: 'declared',
  role: 'declared',
  secret: 'declared-db-secret',
};
const OUT_OF_REACH = { name: 'out-of-reach', namespace: 'kube-system' };

/** As a person writes it into the catalogue. */
function asWritten({ name, namespace: where, cluster, role, database, secret }: Component): object {
  return { name, namespace: where, cluster, role, database, secret };
}

let camera: Camera;
let worker: Program;

const harness = useHarness({
  catalogue: stringify({ components: [...[LITELLM, DECLARED].map(asWritten), OUT_OF_REACH] }),
  asAdministrator: true,
});
beforeAll(async () => {
  camera = new Camera(harness.world, [namespace], LITELLM);
  worker = await harness.startWorker();
}, MINUTE);

async function unchanging<T>(act: () => Promise<T>): Promise<T> {
  const before = await camera.take();
  const result = await act();
  expect(changedBetween(before, await camera.take())).toEqual([]);
  return result;
}

/** Starts a rotation past our client, which would refuse a second one by its Workflow Id. */
async function rotateAs(workflowId: string, input: object = {}): Promise<RotationReport> {
  const args = [{ component: LITELLM.name, ...input }] as const;
  return awaitReport(
    await harness.temporal.client.workflow.start<(input: object) => Promise<RotationReport>>('rotatePassword', {
      taskQueue: TASK_QUEUE,
      workflowId,
      args,
    }),
  );
}

async function check(component: string): Promise<Diagnosis> {
  return harness.temporal.client.workflow.execute<(input: object) => Promise<Diagnosis>>('checkComponent', {
    taskQueue: TASK_QUEUE,
    workflowId: `check-${component}`,
    args: [{ component }],
  });
}

describe('the lock of another rotation', () => {
  it.each([
    ['of another Temporal server', {}, 'of another Temporal server or namespace (elsewhere/default)'],
    ['that needs attention', { 'cnpg-rotator.io/needs-attention': 'true' }, 'which ended needing attention'],
  ])(
    '%s is respected, and nothing is changed',
    async (_, more, says) => {
      const { world } = harness;
      await world.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: STAGING,
          namespace,
          annotations: {
            'cnpg-rotator.io/owner-workflow-id': 'rotate-litellm',
            'cnpg-rotator.io/owner-run-id': 'run',
            'cnpg-rotator.io/owner-temporal': 'elsewhere/default',
            ...more,
          },
        },
      });
      try {
        const report = await unchanging(() => rotateAs('second'));
        expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'AnotherRotation' } });
        expect(report.cause?.message).toContain(says);
      } finally {
        await world.core.deleteNamespacedSecret({ namespace, name: STAGING });
      }
    },
    MINUTE,
  );

  it(
    'is named with its workflow while that waits for approval; aborting that one leaves nothing behind',
    async () => {
      const before = await camera.take();
      const first = await harness.startRotation(LITELLM.name, { requireApproval: true });
      await until(
        'the first rotation to wait',
        async () => (await harness.progress(first))?.steps.some(({ step }) => step === 'approve'),
        MINUTE,
      );
      const second = await unchanging(() => rotateAs('second'));
      expect(second).toMatchObject({ outcome: 'unchanged', cause: { type: 'AnotherRotation' } });
      expect(second.cause?.message).toContain('(workflow rotate-litellm, run ');
      await abortRotation(harness.temporal.client, { component: LITELLM.name, workflowId: first.workflowId }, {});
      expect(await awaitReport(first)).toMatchObject({ outcome: 'unchanged', cause: { type: 'Aborted' } });
      expect(changedBetween(before, await camera.take())).toEqual([]);
    },
    2 * MINUTE,
  );
});

describe('a rotation that nobody approves in time', () => {
  it(
    'ends with nothing changed',
    async () => {
      const report = await unchanging(() => rotateAs('unseen', { requireApproval: true, approvalTimeoutSeconds: 1 }));
      expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'ApprovalTimedOut' } });
    },
    MINUTE,
  );
});

describe('a role that a DatabaseRole declares', () => {
  it(
    'is rotated by the same steps, and a password that somebody else set in PostgreSQL is told of',
    async () => {
      const { world } = harness;
      await declare();
      try {
        const old = await world.password(DECLARED);
        expect(await harness.rotate(DECLARED.name)).toMatchObject({ outcome: 'rotated' });
        expect(await world.accepts(DECLARED, old)).toBe(false);
        expect(await world.accepts(DECLARED, await world.password(DECLARED))).toBe(true);

        await alterRole();
        const { findings } = await unchanging(() => check(DECLARED.name));
        const refused = findings.find(({ rule }) => rule === 'current-password-works');
        expect(refused).toMatchObject({ severity: 'warning' });
        expect(refused?.message).toContain('somebody changed the role in PostgreSQL since');
      } finally {
        await undeclare();
      }
    },
    2 * MINUTE,
  );
});

describe('a worker', () => {
  it(
    'without the rights on a namespace says which right it lacks',
    async () => {
      await worker.kill('SIGTERM');
      const kubeconfig = await workerKubeconfig(harness.world.config, path.join(harness.temporal.folder, 'restricted'));
      worker = await harness.startWorker({ KUBECONFIG: kubeconfig });
      const report = await unchanging(() => harness.rotate(OUT_OF_REACH.name));
      expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'RightsMissing' } });
      expect(report.cause?.message).toContain('clusters.postgresql.cnpg.io kube-system/out-of-reach-postgresql');
    },
    MINUTE,
  );

  it(
    'that cannot reach the API server says so',
    async () => {
      await worker.kill('SIGTERM');
      const kubeconfig = path.join(harness.temporal.folder, 'unreachable');
      writeFileSync(
        kubeconfig,
        stringify({
          apiVersion: 'v1',
          kind: 'Config',
          clusters: [{ name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } }],
          users: [{ name: 'nobody', user: {} }],
          contexts: [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'nobody' } }],
          'current-context': 'nowhere',
        }),
      );
      worker = await harness.startWorker({ KUBECONFIG: kubeconfig });
      const failed = await unchanging<unknown>(() => check(LITELLM.name).catch((error: unknown) => error));
      expect(failed).toBeInstanceOf(WorkflowFailedError);
      expect(failed).toMatchObject({ cause: { cause: { type: 'KubernetesUnavailable' } } });
    },
    MINUTE,
  );
});

async function declare(): Promise<void> {
  const { world } = harness;
  await world.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: DECLARED.secret, namespace, labels: { 'cnpg.io/reload': 'true' } },
    type: 'kubernetes.io/basic-auth',
    stringData: { username: DECLARED.role, password: `before-${Date.now()}-${Math.random()}` },
  });
  await world.apply({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'DatabaseRole',
    metadata: { name: DECLARED.name, namespace },
    spec: {
      cluster: { name: DECLARED.cluster },
      name: DECLARED.role,
      login: true,
      passwordSecret: { name: DECLARED.secret },
      databaseRoleReclaimPolicy: 'delete',
    },
  });
  await until('the role to exist', async () => world.accepts(DECLARED, await world.password(DECLARED)), MINUTE);
}

async function undeclare(): Promise<void> {
  const { world } = harness;
  const request = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'databaseroles', namespace };
  await world.custom.deleteNamespacedCustomObject({ ...request, name: DECLARED.name });
  await until(
    'the DatabaseRole to be gone',
    () =>
      world.custom.getNamespacedCustomObject({ ...request, name: DECLARED.name }).then(
        () => false,
        () => true,
      ),
    MINUTE,
  );
  await world.core.deleteNamespacedSecret({ namespace, name: DECLARED.secret });
}

/** Past CNPG, with a password that nobody knows. */
async function alterRole(): Promise<void> {
  const { world } = harness;
  const connection = new KubernetesConnection(world.config, false, 10_000);
  const { psql } = connectDependencies(connection, () => DECLARED);
  const sql = `ALTER ROLE ${DECLARED.role} PASSWORD 'set-past-cnpg';\n\\q\n`;
  await psql(DECLARED, await world.primary(DECLARED), sql);
}

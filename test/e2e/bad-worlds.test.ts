import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { stringify } from 'yaml';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { Diagnosis } from '../../src/domain/rotation/diagnosis.ts';
import { REFUSED_CATALOGUES, REFUSED_INPUTS } from '../harness/worlds/refused-inputs.ts';
import { REFUSED_SECRETS, REFUSED_WORKLOADS } from '../harness/worlds/refused-secrets.ts';
import { REFUSED_CLUSTERS, REFUSED_ROLES } from '../harness/worlds/refused-clusters.ts';
import { DOUBTFUL_COMPONENTS } from '../harness/worlds/doubtful-components.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { UNRECONCILED_NAMESPACE, UnreconciledComponents, namesOf } from '../harness/worlds/unreconciled-components.ts';
import { CLI, run, WORKER } from '../../sandbox/harness/programs.ts';
import { Camera, changedBetween, type Snapshot } from '../harness/proofs/snapshot.ts';

const MINUTE = 60_000;

const refused = [...REFUSED_CLUSTERS, ...REFUSED_ROLES, ...REFUSED_SECRETS, ...REFUSED_WORKLOADS].map(
  (world, index) => ({
    ...world,
    names: namesOf(index),
  }),
);
const doubtful = DOUBTFUL_COMPONENTS.map((world, index) => ({ ...world, names: namesOf(refused.length + index) }));
const papers = [...refused, ...doubtful];

/** Components of which something is missing altogether. */
const NOWHERE = [
  { name: 'no-namespace', namespace: 'nowhere' },
  { name: 'no-cluster', namespace: LITELLM.namespace, secret: LITELLM.secret },
  {
    name: 'not-managed',
    namespace: LITELLM.namespace,
    cluster: LITELLM.cluster,
    role: 'nobody',
    secret: LITELLM.secret,
  },
];

const harness = useHarness({
  catalogue: stringify({
    components: [
      ...NOWHERE,
      ...papers.map(({ names, paper }) => ({
        name: names.name,
        namespace: UNRECONCILED_NAMESPACE,
        ...paper.component?.(names),
      })),
    ],
  }),
  asAdministrator: true,
});
let worlds: UnreconciledComponents;
let camera: Camera;

beforeAll(async () => {
  worlds = new UnreconciledComponents(harness.world);
  await worlds.open();
  await inGroupsOf(8, papers, ({ names, paper }) => worlds.make(names, paper));
  camera = new Camera(harness.world, [LITELLM.namespace, UNRECONCILED_NAMESPACE], LITELLM);
  await harness.startWorker();
}, 2 * MINUTE);

afterAll(() => worlds.close(), 3 * MINUTE);

/** As it was when it was last looked at: nothing but what is tested has a reason to change it. */
let before: Snapshot | undefined;

/** Runs something that must change nothing. */
async function unchanging<T>(act: () => Promise<T>): Promise<T> {
  const was = before ?? (await camera.take());
  const result = await act();
  before = await camera.take();
  expect(changedBetween(was, before)).toEqual([]);
  return result;
}

async function expectRefused(component: string, type: string, says: string): Promise<void> {
  const report = await unchanging(() => harness.rotate(component));
  expect(report).toMatchObject({ outcome: 'unchanged', cause: { type } });
  const { message = '' } = report.cause ?? {};
  expect(message).toContain(says);
  // What happened, to which object, and what to do: more than one sentence.
  expect(message).toMatch(/\. \S/);
}

describe('a rotation that cannot end well', () => {
  it.each([
    [
      'a component that the catalogue does not have',
      'lightllm',
      'ComponentUnknown',
      'There is no component "lightllm"',
    ],
    ['a namespace that does not exist', 'no-namespace', 'cluster-exists', 'does not exist'],
    ['a Cluster that does not exist', 'no-cluster', 'cluster-exists', 'correct the component "no-cluster"'],
    [
      'a role that a living Cluster does not manage',
      'not-managed',
      'role-is-managed',
      'does not manage the role "nobody"',
    ],
  ])(
    'of %s is refused with its cause, and nothing is changed',
    (_, component, type, says) => expectRefused(component, type, says),
    MINUTE,
  );

  it.each(refused)(
    'of $title is refused with its cause, and nothing is changed',
    ({ names, rule, says }) => expectRefused(names.name, rule, says),
    MINUTE,
  );
});

describe('a check', () => {
  it.each(doubtful)(
    'warns of $title, says how to mend it, and changes nothing',
    async ({ names, rule, says }) => {
      const { client } = harness.temporal;
      const { findings } = await unchanging(() =>
        client.workflow.execute<(input: object) => Promise<Diagnosis>>('checkComponent', {
          taskQueue: TASK_QUEUE,
          workflowId: `check-${names.name}`,
          args: [{ component: names.name }],
        }),
      );
      const finding = findings.find((one) => one.rule === rule);
      expect(finding).toMatchObject({ severity: 'warning' });
      expect(`${finding?.message ?? ''} ${finding?.mend ?? ''}`).toContain(says);
      expect(finding?.mend).toMatch(/\S/);
    },
    MINUTE,
  );
});

describe('a workflow that gets', () => {
  it.each(REFUSED_INPUTS)(
    '$title fails at once, says which field is wrong, and changes nothing',
    async ({ workflow, args, says }) => {
      const { client } = harness.temporal;
      const failed = await unchanging<unknown>(() =>
        client.workflow
          .execute(workflow, { taskQueue: TASK_QUEUE, workflowId: 'bad-input', args: [...args] })
          .catch((error: unknown) => error),
      );
      const cause = failed instanceof WorkflowFailedError ? failed.cause : failed;
      expect(cause).toBeInstanceOf(ApplicationFailure);
      expect(cause).toMatchObject({ type: 'InvalidInput', message: expect.stringContaining(says) as string });
    },
    MINUTE,
  );
});

describe('a start that cannot begin', () => {
  it.each(REFUSED_CATALOGUES)(
    'with a catalogue $title says which field is wrong',
    async ({ text, says }) => {
      const file = path.join(harness.temporal.folder, text === undefined ? 'absent.yaml' : 'bad.yaml');
      if (text !== undefined) writeFileSync(file, text);
      const { code, stdout, stderr } = await run('node', [WORKER], {
        ...harness.environment,
        CNPG_ROTATOR_COMPONENTS: file,
      });
      expect(code).toBe(1);
      expect(stdout + stderr).toContain('InvalidConfiguration');
      expect((stdout + stderr).replaceAll('\\"', '"')).toContain(says);
    },
    MINUTE,
  );

  it(
    'says that there is no kubeconfig',
    async () => {
      const { code, stderr } = await run('node', [CLI, 'up', '--yes'], {
        ...harness.environment,
        KUBECONFIG: '/nowhere/config',
      });
      expect(code).toBe(1);
      expect(stderr).toContain('KubeconfigAbsent: The kubeconfig /nowhere/config cannot be read');
    },
    MINUTE,
  );

  it(
    'says that the kubeconfig has no such context',
    async () => {
      const { code, stderr } = await run('node', [CLI, 'up', '--yes', '--context', 'nonsense'], harness.environment);
      expect(code).toBe(1);
      expect(stderr).toContain('has no context "nonsense"');
    },
    MINUTE,
  );

  it(
    'says that Temporal cannot be reached',
    async () => {
      const { code, stdout, stderr } = await run('node', [CLI, 'rotate', 'litellm'], {
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('TemporalUnreachable: Temporal does not answer at 127.0.0.1:1');
      expect(stderr).toContain('cnpg-rotate up');
    },
    MINUTE,
  );

  it(
    'does not take the cluster for granted without a terminal to ask on',
    async () => {
      const { code, stderr } = await run('node', [CLI, 'up'], harness.environment);
      expect(code).toBe(2);
      expect(stderr).toContain('--yes');
    },
    MINUTE,
  );
});

async function inGroupsOf<T>(size: number, all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let first = 0; first < all.length; first += size) await Promise.all(all.slice(first, first + size).map(act));
}

import { Logins } from '../../sandbox/harness/logins.ts';
import { applicationManifest } from '../../sandbox/common/component-manifests.ts';
import { COMPONENTS } from '../../sandbox/common/components.ts';
import { awaitAdoption, startAdoption, type AdoptionHandle } from '../../src/client/adopt.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { AdoptionReport } from '../../src/domain/adopt/index.ts';
import type { Component } from '../../src/domain/component.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { LANGFUSE, LITELLM, OBOT, shipped, useHarness } from '../harness/harness.ts';
import { hold, killInEachStep, occurrences, TURN } from '../harness/faults/kill-in-each-step.ts';
import { deployReaderOfOnePassword, READER_OF_ONE_PASSWORD } from '../harness/world/reader-of-one-password.ts';
import { until } from '../../sandbox/harness/until.ts';
import { RoleFacts } from '../harness/world/role-facts.ts';

const MINUTE = 60_000;
const DRAGONFLY = shipped('dragonfly');
const ALL = [LITELLM, LANGFUSE, OBOT, DRAGONFLY];
/** Of litellm: the workload reads the credential as a URI from the Secret. */
const SECOND = { secret: 'litellm-env', workload: 'litellm-web' } as const;
/** What the application of dragonfly reads, while CNPG reads the component's own Secret. */
const SEPARATE = 'dragonfly-env';

let logins: readonly Logins[] = [];
let before: readonly unknown[] = [];
let grantsBefore = '';
let facts: RoleFacts;

// Declared before the harness: Jest goes through them in this order.
afterAll(async () => {
  const { world } = harness;
  for (const one of logins) one.stop();
  await harness.endRunningWorkflows();
  // What a test that failed has left adopted.
  for (const component of ALL)
    if ((await world.secret(component))['username'] !== component.role) await adopted(component, true);
  await world.apps.deleteNamespacedDeployment({ namespace: LITELLM.namespace, name: SECOND.workload });
  await world.core.deleteNamespacedSecret({ namespace: LITELLM.namespace, name: SECOND.secret });
  await readFrom(DRAGONFLY.secret);
  await world.core.deleteNamespacedSecret({ namespace: DRAGONFLY.namespace, name: SEPARATE });
  for (const component of ALL)
    await facts.superuser(component, 'DROP TABLE IF EXISTS made_by_owner, made_by_a, made_by_b;');
}, 15 * MINUTE);

const harness = useHarness({ asAdministrator: true, throughProxy: true, worker: true });
beforeAll(async () => {
  const { world } = harness;
  facts = new RoleFacts(world);
  const made = (component: Component) =>
    world.asApplication(component, 'CREATE TABLE made_by_owner (); GRANT SELECT ON made_by_owner TO pg_monitor;');
  for (const component of ALL) await made(component);
  await Promise.all([addSecondReader(), separateSecrets()]);
  before = await Promise.all(ALL.map((one) => facts.keptByAnUndoing(one)));
  grantsBefore = await facts.grants(LITELLM);
  logins = await Promise.all([
    Logins.listen(world, LITELLM.namespace, ['litellm', 'langfuse', 'obot', SECOND.workload]),
    Logins.listen(world, DRAGONFLY.namespace, ['dragonfly']),
  ]);
}, 3 * MINUTE);

/** A component with two workloads and two Secrets, both of which hold the credential, in different keys. */
async function addSecondReader(): Promise<void> {
  const { world } = harness;
  const { namespace } = LITELLM;
  const { secret: name, workload } = SECOND;
  const { uri = '' } = await world.secret(LITELLM);
  await world.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: { DATABASE_URL: uri, SALT: 'not-a-password' },
  });
  const manifest = applicationManifest({ ...COMPONENTS.litellm, name: workload, secret: name });
  await world.apply(JSON.parse(JSON.stringify(manifest).replace('"uri"', '"DATABASE_URL"')) as typeof manifest);
  await untilReady(LITELLM.namespace, workload);
}

async function separateSecrets(): Promise<void> {
  const { world } = harness;
  const { uri = '' } = await world.secret(DRAGONFLY);
  const metadata = { name: SEPARATE, namespace: DRAGONFLY.namespace };
  await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { uri } });
  await readFrom(SEPARATE);
}

/** Lets the application of dragonfly read its credential from a Secret. */
async function readFrom(secret: string): Promise<void> {
  const { namespace, name } = DRAGONFLY;
  const { spec } = applicationManifest({ ...COMPONENTS.dragonfly, secret }) as unknown as { spec: object };
  await harness.world.patchDeployment(namespace, name, { spec });
  await untilReady(namespace, name);
}

async function untilReady(namespace: string, name: string): Promise<void> {
  await until(
    `${name} to be rolled out`,
    async () => {
      const { metadata, spec, status } = await harness.world.apps.readNamespacedDeployment({ namespace, name });
      const { observedGeneration, updatedReplicas, readyReplicas, replicas } = status ?? {};
      const all = [updatedReplicas, readyReplicas, replicas].every((count) => count === spec?.replicas);
      return observedGeneration === metadata?.generation && all;
    },
    MINUTE,
  );
}

const adopt = (component: Component, undo = false): Promise<AdoptionHandle> =>
  startAdoption(harness.temporal.client, TASK_QUEUE, { component: component.name, undo });

const adopted = async (component: Component, undo = false): Promise<AdoptionReport> =>
  awaitAdoption(await adopt(component, undo));

/** How it ended, with the refused logins, or with the reason where that is none of those that a test wants. */
const told = ({ outcome, refusedLogins, cause }: AdoptionReport | RotationReport): readonly unknown[] =>
  outcome === 'needs-attention' || outcome === 'unchanged'
    ? [outcome, cause?.message]
    : [outcome, refusedLogins?.count];

/** That every application logged in all the time since a moment, and none was refused: by what the pods themselves saw. */
function expectNoneRefused(since: number): void {
  const all = logins.flatMap((one) => one.between(since, Date.now()));
  expect(all.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
  const accepted = (app: string): number =>
    all.filter(({ pod, outcome }) => pod.startsWith(`${app}-`) && outcome === 'accepted').length;
  for (const app of [...ALL.map(({ name }) => name), SECOND.workload]) expect(accepted(app)).toBeGreaterThan(100);
}

/** The credential of now works, that of before does not. */
async function expectMoved(component: Component, was: Record<string, string>, role: string): Promise<void> {
  const { world } = harness;
  const { username, password = '' } = await world.secret(component);
  expect(username).toBe(role);
  expect(await world.accepts(component, password, role)).toBe(true);
  expect(await world.accepts(component, was['password'] ?? '', was['username'])).toBe(false);
}

describe('several adoptions at once', () => {
  it(
    'convert two workloads with two Secrets, and separate Secrets, and take back what never becomes ready: no login fails',
    async () => {
      const { world } = harness;
      const since = Date.now();
      const [was, password] = [await Promise.all(ALL.map((one) => world.secret(one))), await world.password(LANGFUSE)];
      await deployReaderOfOnePassword(world, LANGFUSE, { password, progressDeadlineSeconds: 10 });
      const reports = await Promise.all(ALL.map((component) => adopted(component)));
      await world.apps.deleteNamespacedDeployment({ namespace: LANGFUSE.namespace, name: READER_OF_ONE_PASSWORD });
      expect(reports.map(told)).toEqual([
        ['adopted', 0],
        ['rolled-back', 0],
        ['adopted', 0],
        ['adopted', 0],
      ]);
      expect(reports[1]?.cause).toMatchObject({
        type: 'RolloutIncomplete',
        message: expect.stringContaining(READER_OF_ONE_PASSWORD) as string,
      });
      expect(await facts.keptByAnUndoing(LANGFUSE)).toEqual(before[1]);
      expect(await world.secret(LANGFUSE)).toEqual(was[1]);
      expect(reports[0]).toMatchObject({ secrets: [LITELLM.secret, SECOND.secret] });
      const { username, password: ours = '' } = await world.secret(LITELLM);
      expect(await world.secret({ ...LITELLM, secret: SECOND.secret })).toEqual({
        DATABASE_URL: `postgresql://${username ?? ''}:${ours}@litellm-postgresql-rw:5432/litellm`,
        SALT: 'not-a-password',
      });
      expectNoneRefused(since);
      for (const component of [LITELLM, OBOT, DRAGONFLY]) {
        await expectMoved(component, was[ALL.indexOf(component)] ?? {}, `${component.name}_a`);
        await world.asApplication(component, 'CREATE TABLE made_by_a ();');
      }
    },
    5 * MINUTE,
  );
});

describe('a worker killed with SIGKILL in each step', () => {
  it(
    'of a rotation, of a rotation’s way back, of an adoption and of an undoing: each ends as it would have, and no login fails',
    async () => {
      const { world } = harness;
      const since = Date.now();
      const was = await Promise.all(ALL.map((one) => world.secret(one)));
      // As late as it can be told to go back: the role of before is locked out already.
      const back = await harness.startRotation(OBOT.name, { strategy: 'alternating' });
      const late = hold(harness, OBOT, back, ['retire', 1]);
      await late.met;
      const wayBack = occurrences([...TURN, 'finish'], {
        prepare: 1,
        sync: 1,
        publish: 1,
        restart: 1,
        drain: 1,
        retire: 1,
      });
      const [, rotation, adoption, undoing] = await killInEachStep(harness, [
        {
          component: OBOT,
          steps: wayBack,
          start: async () => {
            await back.cancel();
            late.release();
            return back;
          },
        },
        {
          component: LITELLM,
          steps: occurrences(['preflight', 'stage', ...TURN, 'finish']),
          start: () => harness.startRotation(LITELLM.name, { strategy: 'alternating' }),
        },
        {
          component: LANGFUSE,
          steps: occurrences(['preflight', 'split', 'stage', 'declare', ...TURN, 'finish']),
          start: () => adopt(LANGFUSE),
        },
        {
          component: DRAGONFLY,
          steps: occurrences(['preflight', 'stage', ...TURN, 'withdraw', 'finish']),
          start: () => adopt(DRAGONFLY, true),
        },
      ]);
      const reports = await Promise.all([
        awaitReport(back),
        awaitReport(rotation),
        awaitAdoption(adoption),
        awaitAdoption(undoing),
      ]);
      expect(reports.map(told)).toEqual([
        ['rolled-back', 0],
        ['rotated', 0],
        ['adopted', 0],
        ['undone', 0],
      ]);
      expectNoneRefused(since);
      expect(await world.secret(OBOT)).toEqual(was[2]);
      expect(await world.accepts(OBOT, was[2]?.['password'] ?? '', 'obot_a')).toBe(true);
      await expectMoved(LITELLM, was[0] ?? {}, 'litellm_b');
      await expectMoved(LANGFUSE, was[1] ?? {}, 'langfuse_a');
      await expectMoved(DRAGONFLY, was[3] ?? {}, 'dragonfly');
      expect(await facts.keptByAnUndoing(DRAGONFLY)).toEqual(before[3]);
      expect(await facts.loginRoles(LITELLM)).toBe('litellm_a litellm_b');
      await world.asApplication(LITELLM, 'CREATE TABLE made_by_b ();');
      expect(await facts.tables(LITELLM)).toBe('made_by_a litellm, made_by_b litellm, made_by_owner litellm');
      expect(await facts.grants(LITELLM)).toBe(grantsBefore);
      for (const component of ALL) expect(await world.staged(component)).toBeUndefined();
    },
    10 * MINUTE,
  );
});

describe('undoing', () => {
  it(
    'leaves everything as it was, and no login fails',
    async () => {
      const since = Date.now();
      const reports = await Promise.all([LITELLM, LANGFUSE, OBOT].map((component) => adopted(component, true)));
      expect(reports.map(told)).toEqual(reports.map(() => ['undone', 0]));
      expectNoneRefused(since);
      expect(await Promise.all(ALL.map((one) => facts.keptByAnUndoing(one)))).toEqual(before);
      expect(await facts.tables(LITELLM)).toBe('made_by_a litellm, made_by_b litellm, made_by_owner litellm');
    },
    5 * MINUTE,
  );
});

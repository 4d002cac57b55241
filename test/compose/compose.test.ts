import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import { Releasers } from '../../sandbox/common/releasers.ts';
import { findSecrets } from '../../sandbox/harness/secret-scan.ts';
import { until } from '../../sandbox/harness/until.ts';
import { World } from '../../sandbox/harness/world.ts';
import { awaitReport, startRotation, type RotationHandle } from '../../src/client/rotate.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { rotationWorkflowId } from '../../src/domain/rotation/workflow-ids.ts';
import type { Step } from '../../src/domain/steps.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { OWNER, Stack, WEB_UI, type Container } from '../harness/compose/stack.ts';
import { LITELLM } from '../harness/harness.ts';
import { deleteLocks, endRunningWorkflows } from '../harness/proofs/leftovers.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { WebUi } from '../harness/web-ui/web-ui.ts';

/* docker-compose.yml under a Docker engine, against the real sandbox. `npm run test:compose` brings the engine. */

const MINUTE = 60_000;
jest.setTimeout(8 * MINUTE);

const WORKFLOW_ID = rotationWorkflowId(LITELLM.name);
const SERVING = ['postgresql', 'temporal', 'temporal-ui', 'worker'];
const JOBS = ['temporal-namespace', 'temporal-schema'];
const databasePassword = randomBytes(16).toString('hex');
const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-compose-'));
const releasers = new Releasers();
releasers.push(() => rmSync(folder, { recursive: true }));

let world: World;
let stack: Stack;
let webUi: WebUi;
let old: string;
/** Every password that a rotation of this file has replaced. */
const replaced = new Set<string>();

beforeAll(async () => {
  world = await World.open();
  stack = await Stack.prepare(world, folder, databasePassword);
  releasers.push(() => stack.down());
  releasers.push(mend);
  await stack.up('--build');
  webUi = await WebUi.open(WEB_UI);
  releasers.push(() => webUi.close());
}, 20 * MINUTE);

beforeEach(async () => {
  old = await world.password(LITELLM);
  replaced.add(old);
});

afterAll(() => releasers.release(), 8 * MINUTE);

/** Ends what a failed test has left on the sandbox, which others use too, while the stack is there for it. */
async function mend(): Promise<void> {
  if ((await stack.containers()).length === 0) return;
  await stack.up();
  const left = await endRunningWorkflows({ client: await stack.client() }, () => stack.up());
  expect([...left, ...(await deleteLocks(world, [LITELLM]))]).toEqual([]);
}

const handle = async (): Promise<RotationHandle> => (await stack.client()).workflow.getHandle(WORKFLOW_ID);

const start = (input: object) => webUi.startRotation({ component: LITELLM.name, ...input });

/** Waits until the rotation is in a step. */
async function untilStep(wanted: Step): Promise<void> {
  const client = await stack.client();
  const rotation = await handle();
  const look = () => client.withDeadline(Date.now() + 2_000, () => rotation.query<RotationReport>('progress'));
  await until(
    wanted,
    async () => (await look().catch(() => undefined))?.steps.some(({ step }) => step === wanted),
    2 * MINUTE,
  );
}

async function expectRotated(): Promise<RotationReport> {
  const report = await awaitReport(await handle());
  expect({ outcome: report.outcome, cause: report.cause }).toEqual({ outcome: 'rotated' });
  await expectExactlyOnePassword(world, LITELLM, { invalid: [old] });
  return report;
}

/** Ends services as a crash does, and waits until Docker has started each of them again. */
async function crash(services: readonly string[]): Promise<void> {
  const restarts = () => Promise.all(services.map((service) => stack.restarts(service)));
  const before = await restarts();
  await stack.crash(...services);
  const haveStarted = async () => (await restarts()).every((count, index) => count > (before[index] ?? 0));
  await until(`${services.join(', ')} to start again`, haveStarted, MINUTE);
}

const idsOf = (containers: readonly Container[]) => containers.map(({ ID }) => ID);

async function expectEveryServiceAtWork(): Promise<void> {
  const containers = await stack.containers();
  const states = containers.map(({ Service, State, Health, ExitCode }) => [Service, State, Health, ExitCode].join(' '));
  expect(states.sort()).toEqual(
    [
      ...['postgresql', 'temporal', 'temporal-ui'].map((service) => `${service} running healthy 0`),
      'worker running  0',
      ...JOBS.map((job) => `${job} exited  0`),
    ].sort(),
  );
}

describe('docker compose up', () => {
  it('brings a database, Temporal, its Web UI and the worker, and both jobs end well', expectEveryServiceAtWork);

  it('leaves everything as it is when it runs again', async () => {
    const before = await stack.containers();
    await stack.up('--build');
    expect(idsOf(await stack.containers()).sort()).toEqual(idsOf(before).sort());
    await expectEveryServiceAtWork();
  });

  it('runs the worker as the owner of the kubeconfig, on a disk that the worker cannot write, without npm', async () => {
    const look = 'id -u; node --version; command -v npm; touch /app/file 2>&1; touch /tmp/file && echo written';
    const [user, version, refused, written] = (await stack.inWorker('sh', '-c', look)).trim().split('\n');
    expect([user, written]).toEqual([String(OWNER), 'written']);
    expect(version).toMatch(/^v24\./);
    expect(refused).toContain('Read-only file system');
  });
});

describe('Temporal’s Web UI of the stack', () => {
  it('starts a rotation by its form, and shows every step with its outcome', async () => {
    await start({ reason: 'quarterly' });
    const { reason, steps } = await expectRotated();
    expect(reason).toBe('quarterly');
    const details = await webUi.details(WORKFLOW_ID, 'finish');
    expect(steps.filter(({ step }) => !details.includes(step))).toEqual([]);
    expect(details).toContain('rotated');
  });

  it('shows that a rotation waits, and the command of the details approves the rotation in the worker’s container', async () => {
    await start({ requireApproval: true });
    await untilStep('approve');
    expect(await webUi.details(WORKFLOW_ID, 'waiting for approval')).toContain(`cnpg-rotate approve ${LITELLM.name}`);
    expect(await world.password(LITELLM)).toBe(old);
    await stack.inWorker('cnpg-rotate', 'approve', LITELLM.name, '--note', 'ticket 7');
    expect((await expectRotated()).approval).toMatchObject({ by: 'cnpg-rotator', note: 'ticket 7' });
  });
});

describe('a rotation ends "rotated"', () => {
  beforeEach(async () => {
    await startRotation(await stack.client(), TASK_QUEUE, { component: LITELLM.name });
  });
  // Else the rotation was over, or has not noticed.
  afterEach(async () => {
    expect(await stack.wasInterrupted(WORKFLOW_ID)).toBe(true);
  });

  it('when the worker crashes, and Docker starts the worker again', async () => {
    await untilStep('sync');
    await crash(['worker']);
    await expectRotated();
  });

  it('when every service crashes at once, the database too', async () => {
    await untilStep('restart');
    await crash(SERVING);
    await expectRotated();
  });

  it('when an upgrade makes every container anew', async () => {
    const before = idsOf(await stack.containers());
    await untilStep('restart');
    await stack.up('--build', '--force-recreate');
    await expectRotated();
    expect(idsOf(await stack.containers()).filter((id) => before.includes(id))).toEqual([]);
  });

  it('when the stack is taken down and comes up again with its volume', async () => {
    await untilStep('sync');
    await stack.compose('down');
    expect(await stack.containers()).toEqual([]);
    await stack.up();
    await expectRotated();
  });
});

describe('with host-network.yml', () => {
  it('the worker has the network of the machine, and rotates', async () => {
    await stack.with('deploy/compose/host-network.yml').up('worker');
    expect(await stack.inWorker('cat', '/proc/net/dev')).toContain('docker0:');
    await stack.inWorker('cnpg-rotate', 'rotate', LITELLM.name);
    await expectExactlyOnePassword(world, LITELLM, { invalid: [old] });
  });
});

describe('in the end', () => {
  beforeAll(mend, 8 * MINUTE);

  it('no password stands in a log, in an argument or in a history', async () => {
    const passwords = [...replaced, await world.password(LITELLM), databasePassword];
    const needles = passwords.map((text, index) => ({ name: `password ${index}`, text }));
    const traces = await stack.traces();
    expect(findSecrets(traces, [{ name: 'the reason', text: '"quarterly"' }])).not.toEqual([]);
    expect(findSecrets(traces, needles)).toEqual([]);
  });

  it('"docker compose down --volumes" leaves nothing', async () => {
    await stack.down();
    const left = [
      await stack.docker('ps', '--all', '--quiet'),
      await stack.docker('volume', 'ls', '--quiet'),
      await stack.docker('network', 'ls', '--quiet', '--filter', 'type=custom'),
    ];
    expect(left.join('')).toBe('');
  });
});

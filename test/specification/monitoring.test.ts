import getPort from 'get-port';
import { CLI, run, WORKER, type Program } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';
import { rotationWorkflowId } from '../../src/domain/rotation/workflow-ids.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';

const MINUTE = 60_000;

const harness = useHarness({ components: ['litellm'] });

let port: number;
let worker: Program;

beforeAll(async () => {
  port = await getPort();
  worker = harness.startProgram([WORKER], { CNPG_ROTATOR_HTTP_PORT: String(port) });
  await worker.printed(/worker started/);
}, MINUTE);

const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
const cli = (...args: readonly string[]) => run('node', [CLI, ...args], harness.environment);

/** The value of one metric: the sum over its labels. */
async function metric(name: string, labels = ''): Promise<number> {
  const text = await (await get('/metrics')).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

describe('a worker with an HTTP port', () => {
  it('says that it lives and that it takes work, and nothing else at other paths', async () => {
    const answers = await Promise.all(
      ['/healthz', '/readyz', '/secrets'].map(async (path) => (await get(path)).status),
    );
    expect(answers).toEqual([200, 200, 404]);
  });

  it(
    'counts a rotation, its steps and its refused logins beside what Temporal’s SDK counts',
    async () => {
      expect(await metric('cnpg_rotator_rotations_total')).toBe(0);
      expect(await harness.rotate()).toMatchObject({ outcome: 'rotated' });
      await until('the rotation is counted', async () => (await metric('cnpg_rotator_rotations_total')) === 1, MINUTE);
      expect(await metric('cnpg_rotator_rotations_total', 'outcome="rotated"')).toBe(1);
      expect(await metric('cnpg_rotator_step_seconds_count', 'step="publish"')).toBe(1);
      expect(await metric('cnpg_rotator_refused_logins_total')).toBeGreaterThan(0);
      expect(await metric('temporal_workflow_completed_total')).toBeGreaterThan(0);
    },
    2 * MINUTE,
  );

  it(
    'shows how old the password is, and who waits for an approval',
    async () => {
      const changed = 'cnpg_rotator_credential_changed_timestamp_seconds';
      await until(
        'the age is that of the new password',
        async () => Date.now() / 1_000 - (await metric(changed)) < 300,
        MINUTE,
      );
      const waiting = harness.startProgram([CLI, 'rotate', LITELLM.name, '--require-approval', '--detach']);
      await waiting.ended;
      await until(
        'the approval is waited for',
        async () => (await metric('cnpg_rotator_waiting_approvals')) === 1,
        MINUTE,
      );
      expect((await cli('list')).stdout).toContain('rotatePassword');
      expect((await cli('abort', LITELLM.name)).code).not.toBe(2);
      await until('nobody waits any more', async () => (await metric('cnpg_rotator_waiting_approvals')) === 0, MINUTE);
    },
    3 * MINUTE,
  );
});

describe('cnpg-rotate status', () => {
  it('says who logs in, how old the password is and how the last rotation ended', async () => {
    const { code, stdout } = await cli('status', LITELLM.name);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^COMPONENT +LOGIN +STRATEGY +AGE +LAST OUTCOME +NEXT +STATE$/m);
    expect(stdout).toMatch(/^litellm +litellm +in-place +\S+ +unchanged \S+ ago +- +idle$/m);
  });

  it('prints names, YAML and JSON', async () => {
    const [names, yaml, json] = await Promise.all([
      cli('status', LITELLM.name, '-o', 'name'),
      cli('status', LITELLM.name, '-o', 'yaml'),
      cli('status', LITELLM.name, '-o', 'json'),
    ]);
    expect(names.stdout).toBe('litellm\n');
    expect(yaml.stdout).toContain('component: litellm');
    expect(JSON.parse(json.stdout)).toMatchObject([{ component: 'litellm', login: 'litellm' }]);
  });

  it('ends with 3 where a component cannot be read', async () => {
    const { code, stdout } = await cli('status', 'nobody');
    expect({ code, named: stdout.includes('ComponentUnknown') }).toEqual({ code: 3, named: true });
  });
});

describe('cnpg-rotate history', () => {
  it('lists the runs of a component, newest first', async () => {
    const { code, stdout } = await cli('history', LITELLM.name);
    const outcomes = stdout
      .split('\n')
      .slice(1, 3)
      .map((line) => line.split(/ {3,}/)[3]);
    expect({ code, outcomes }).toEqual({ code: 0, outcomes: ['unchanged', 'rotated'] });
    expect(rotationWorkflowId(LITELLM.name)).toBe('rotate-litellm');
  });
});

import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DemoReport } from '../../sandbox/demo/report.ts';
import { DemoRuns, REPLACED, type RunOptions } from '../harness/demo/demo-runs.ts';

jest.setTimeout(180_000);

let runs: DemoRuns;
beforeEach(() => {
  runs = new DemoRuns();
});
afterEach(() => runs.end());

describe('npm run demo', () => {
  it('rotates, proves it, writes the report, and leaves nothing behind', async () => {
    const file = path.join(runs.folder, 'tsx-report.json');
    const ended = await runs.run(['--output', 'json', '--report', file]);
    expect(ended).toMatchObject({ code: 0, left: [] });
    // Worker, Temporal, PostgreSQL and the applications at least: the count of what is left is of something.
    expect(ended.processes).toBeGreaterThan(5);
    const report = JSON.parse(ended.stdout) as DemoReport;
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(report);
    expect(report).toMatchObject({
      version: 1,
      cluster: 'embedded',
      strategy: 'in-place',
      proven: true,
      components: [{ component: 'litellm', outcome: 'rotated', logins: REPLACED }],
    });
    const steps = report.components.flatMap(({ rotation }) => rotation?.steps ?? []).map(({ step }) => step);
    expect(steps).toEqual(['preflight', 'stage', 'publish', 'sync', 'restart', 'verify', 'watch', 'finish']);
  });

  it('with alternating roles gives the component two of them and rotates, and no login is refused', async () => {
    const ended = await runs.run(['--strategy', 'alternating', '--output', 'json']);
    expect(ended).toMatchObject({ code: 0, left: [] });
    const report = JSON.parse(ended.stdout) as DemoReport;
    expect(report).toMatchObject({
      strategy: 'alternating',
      proven: true,
      components: [
        {
          logins: REPLACED,
          adoption: { refusedLogins: { count: 0 } },
          rotation: { strategy: 'alternating', refusedLogins: { count: 0 } },
        },
      ],
    });
    const roles = report.components.flatMap(({ rotation }) => rotation?.steps ?? []).flatMap(({ role }) => role ?? []);
    expect(roles).toEqual(['litellm_b', 'litellm_b', 'litellm_a', 'litellm_a']);
  });

  it.each<[string, Required<RunOptions>['interruptWhen']]>([
    ['while PostgreSQL starts', ({ processes }) => processes > 6],
    ['while it rotates', ({ stderr }) => /litellm +stage/.test(stderr)],
  ])('leaves nothing behind after Ctrl-C %s', async (_, interruptWhen) => {
    await expect(runs.run([], { interruptWhen })).resolves.toMatchObject({ code: 130, left: [] });
  });

  it('leaves nothing behind when it fails', async () => {
    const ended = await runs.run([], { environment: { TEMPORAL_CLI_PATH: '/bin/false' } });
    expect(ended).toMatchObject({ code: 1, left: [] });
    expect(ended.stderr).toMatch(/Temporal's development server ended at once/);
  });

  it.each([
    [['--components', 'nothing'], /no component nothing/],
    [['--strategy', 'imagined'], /Allowed choices are in-place, alternating/],
    [['--cluster', 'imagined'], /Allowed choices are embedded, real/],
  ])('refuses %j with exit code 2', async (args, said) => {
    const ended = await runs.run(args);
    expect(ended).toMatchObject({ code: 2, left: [] });
    expect(ended.stderr).toMatch(said);
  });
});

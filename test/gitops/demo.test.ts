import { jest } from '@jest/globals';
import type { DemoReport } from '../../sandbox/demo/report.ts';
import { DemoRuns, REPLACED } from '../harness/demo/demo-runs.ts';

jest.setTimeout(180_000);

const runs = new DemoRuns();
afterAll(() => runs.end());

describe('npm run demo -- --source gitops', () => {
  it('commits the new password, lets Flux apply it, proves it, and leaves nothing behind', async () => {
    const ended = await runs.run(['--source', 'gitops', '--output', 'json']);
    expect(ended).toMatchObject({ code: 0, left: [] });
    const report = JSON.parse(ended.stdout) as DemoReport;
    expect(report).toMatchObject({
      source: 'gitops',
      proven: true,
      components: [{ component: 'litellm', outcome: 'rotated', logins: REPLACED }],
    });
    expect(report.commits?.map(({ subject }) => subject)).toEqual([
      'rotate: Update litellm database password',
      'What the cluster holds',
    ]);
    const publish = report.components[0]?.rotation?.steps.find(({ step }) => step === 'publish');
    expect(publish?.detail).toContain(`commit ${report.commits?.[0]?.commit.slice(0, 10) ?? ''}`);
  });

  it('with alternating roles switches user name, password and URI in one commit, and no login is refused', async () => {
    const ended = await runs.run(['--source', 'gitops', '--strategy', 'alternating', '--output', 'json']);
    expect(ended).toMatchObject({ code: 0, left: [] });
    const report = JSON.parse(ended.stdout) as DemoReport;
    expect(report).toMatchObject({
      source: 'gitops',
      strategy: 'alternating',
      proven: true,
      components: [
        { outcome: 'rotated', adoption: { refusedLogins: { count: 0 } }, rotation: { refusedLogins: { count: 0 } } },
      ],
    });
    // One for the adoption, one for the rotation.
    expect(report.commits?.map(({ subject }) => subject)).toEqual([
      'rotate: Update litellm database password',
      'rotate: Update litellm database password',
      'What the cluster holds',
    ]);
  });
});

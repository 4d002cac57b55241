import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parse } from 'yaml';
import { chartTool } from '../../tools/chart/builds.ts';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const RULES = path.join(HERE, '../../deploy/chart/files/alerts.yaml');
const TESTS = ['series.yaml', 'series-of-days.yaml'].map((file) => path.join(HERE, file));
const DASHBOARD = path.join(HERE, '../../deploy/chart/files/dashboard.json');
const MONITORING = path.join(HERE, '../../docs/monitoring.md');
/** What the worker can show; docs/monitoring.md lists the names for people. */
const METRIC = /\bcnpg_rotator_\w+/g;

const read = (file: string): string => readFileSync(file, 'utf8');
const promtool = (...args: readonly string[]) => execa(chartTool('promtool').binary, args);

describe('the alert rules', () => {
  it('are rules that Prometheus takes', async () => {
    expect((await promtool('check', 'rules', RULES)).stdout).toContain('SUCCESS');
  });

  it('stand when they should, and only then', async () => {
    expect((await promtool('test', 'rules', ...TESTS)).exitCode).toBe(0);
  });

  it('each have a line in docs/monitoring.md', () => {
    const { groups } = parse(read(RULES)) as { groups: readonly { rules: readonly { alert: string }[] }[] };
    const names = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    const page = read(MONITORING);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

it.each([
  ['the alert rules', RULES],
  ['the dashboard', DASHBOARD],
])('%s use metrics that docs/monitoring.md has', (_, file) => {
  const page = read(MONITORING);
  const used = new Set(
    [...read(file).matchAll(METRIC)].map(([name]) => name.replace(/_(bucket|sum|count|total)$/, '')),
  );
  expect([...used].filter((name) => !page.includes(name))).toEqual([]);
});

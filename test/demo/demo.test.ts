import { jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DemoReport } from '../../sandbox/demo/report.ts';
import { Descendants } from '../support/descendants.ts';

const DEMO = ['--import', 'tsx', 'sandbox/demo/main.ts', '--components', 'litellm'];

jest.setTimeout(180_000);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** How many processes there were. */
  readonly processes: number;
  /** Processes and files that have outlived it. */
  readonly left: readonly string[];
}

interface RunOptions {
  readonly environment?: Record<string, string>;
  readonly interruptWhen?: (now: { readonly stderr: string; readonly processes: number }) => boolean;
}

let folder: string;
beforeEach(() => {
  // Short: PostgreSQL's socket lies below it, and the path of a socket has little room.
  folder = mkdtempSync(path.join(tmpdir(), 'demo-'));
  // As a system's own: PostgreSQL runs as another user where we are root.
  chmodSync(folder, 0o711);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the demo in a temporary folder of its own, as from a terminal. */
function run(args: readonly string[], { environment = {}, interruptWhen }: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...DEMO, ...args], {
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, TMPDIR: folder, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const pid = child.pid ?? 0;
    const descendants = new Descendants(pid);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const timer = setInterval(() => {
      if (interruptWhen?.({ stderr, processes: descendants.count }) !== true) return;
      clearInterval(timer);
      // Ctrl-C goes to every process of the terminal's group.
      process.kill(-pid, 'SIGINT');
    }, 50);
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(timer);
      const left = [...descendants.stillRunning(), ...readdirSync(folder).filter((name) => !name.startsWith('tsx-'))];
      resolve({ code, stdout, stderr, processes: descendants.count, left });
    });
  });
}

describe('npm run demo', () => {
  it('rotates, proves it, writes the report, and leaves nothing behind', async () => {
    const file = path.join(folder, 'tsx-report.json');
    const ended = await run(['--output', 'json', '--report', file]);
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
      components: [
        {
          component: 'litellm',
          outcome: 'rotated',
          logins: { newPassword: 'accepted', oldPassword: 'refused (SQLSTATE 28P01)', changed: true },
        },
      ],
    });
    const steps = report.components.flatMap(({ rotation }) => rotation?.steps ?? []).map(({ step }) => step);
    expect(steps).toEqual(['preflight', 'stage', 'publish', 'sync', 'restart', 'verify', 'finish']);
  });

  it('with alternating roles gives the component two of them and rotates, and no login is refused', async () => {
    const ended = await run(['--strategy', 'alternating', '--output', 'json']);
    expect(ended).toMatchObject({ code: 0, left: [] });
    const report = JSON.parse(ended.stdout) as DemoReport;
    expect(report).toMatchObject({
      strategy: 'alternating',
      proven: true,
      components: [
        {
          logins: { newPassword: 'accepted', oldPassword: 'refused (SQLSTATE 28P01)', changed: true },
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
    await expect(run([], { interruptWhen })).resolves.toMatchObject({ code: 130, left: [] });
  });

  it('leaves nothing behind when it fails', async () => {
    const ended = await run([], { environment: { TEMPORAL_CLI_PATH: '/bin/false' } });
    expect(ended).toMatchObject({ code: 1, left: [] });
    expect(ended.stderr).toMatch(/Temporal's development server ended at once/);
  });

  it.each([
    [['--components', 'nothing'], /no component nothing/],
    [['--strategy', 'imagined'], /Allowed choices are in-place, alternating/],
    [['--cluster', 'imagined'], /Allowed choices are embedded, real/],
  ])('refuses %j with exit code 2', async (args, said) => {
    const ended = await run(args);
    expect(ended).toMatchObject({ code: 2, left: [] });
    expect(ended.stderr).toMatch(said);
  });
});

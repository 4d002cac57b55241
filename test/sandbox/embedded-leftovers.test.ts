import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FOLDER_PREFIX } from '../../sandbox/embedded/index.ts';
import { listens } from '../../sandbox/common/listens.ts';
import { until } from '../../sandbox/harness/until.ts';

const HOLDER = fileURLToPath(new URL('./embedded-holder.ts', import.meta.url));
const LIMIT_MS = 120_000;

/** A temporary folder of the test's own, so that what others of this machine do is not counted. */
let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(path.join(tmpdir(), 'leftovers-'));
  // PostgreSQL's user, who is another one when we are root, has to pass.
  chmodSync(temporary, 0o711);
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

interface Held {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output: string;
}

/** In a process group of its own, which a signal reaches whole, as a terminal's Ctrl-C does. */
function hold(how: 'close' | 'fail' | 'stay'): Held {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, how], {
    env: { ...process.env, TMPDIR: temporary },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const held: Held = { child, output: '', ended: new Promise((resolve) => child.once('close', resolve)) };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (held.output += chunk.toString('utf8')));
  return held;
}

async function untilReady(held: Held): Promise<string> {
  await until(
    'the sandbox to be ready',
    () => held.output.includes('"url"'),
    LIMIT_MS,
    () => held.output,
  );
  return (JSON.parse(held.output.slice(0, held.output.indexOf('\n'))) as { url: string }).url;
}

const folders = (): string[] => readdirSync(temporary).filter((name) => name.startsWith(FOLDER_PREFIX));

/** Processes that were started with the folder in their arguments or their environment. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
        return text.includes(path.join(temporary, FOLDER_PREFIX)) ? [text.replaceAll('\0', ' ').slice(0, 200)] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

const left = (): object => ({ folders: folders(), processes: processes() });
const NOTHING = { folders: [], processes: [] };

describe('the embedded sandbox leaves no process, no port and no folder behind', () => {
  it(
    'when it is closed, or interrupted by Ctrl-C',
    async () => {
      const held = hold('stay');
      const url = await untilReady(held);
      const port = new URL(url).port;
      // The count sees them: PostgreSQL's processes, both pods of the application, and the guard.
      expect(folders()).toHaveLength(1);
      expect(processes().length).toBeGreaterThan(3);
      expect(await listens(port)).toBe(true);
      process.kill(-(held.child.pid ?? 0), 'SIGINT');
      expect(await held.ended).toBe(130);
      expect(left()).toEqual(NOTHING);
      expect(await listens(port)).toBe(false);

      const closed = hold('close');
      expect(await closed.ended).toBe(0);
      expect(left()).toEqual(NOTHING);
    },
    LIMIT_MS,
  );

  it(
    'when its start fails in the middle',
    async () => {
      const held = hold('fail');
      expect(await held.ended).toBe(1);
      expect(held.output).toContain('a start that fails');
      expect(left()).toEqual(NOTHING);
    },
    LIMIT_MS,
  );

  it(
    'when PostgreSQL’s user may not enter the temporary folder: root is told what to do, anybody else runs there',
    async () => {
      chmodSync(temporary, 0o700);
      const held = hold('close');
      const isRoot = process.getuid?.() === 0;
      expect(await held.ended).toBe(isRoot ? 1 : 0);
      if (isRoot) expect(held.output).toMatch(/"\w+", as whom it would run, may not enter .+ Set TMPDIR to a folder/);
      expect(left()).toEqual(NOTHING);
    },
    LIMIT_MS,
  );

  it(
    'when its process is killed and can clean up nothing itself',
    async () => {
      const held = hold('stay');
      const url = await untilReady(held);
      held.child.kill('SIGKILL');
      await held.ended;
      await until('the guard to have ended all', () => folders().length + processes().length === 0, LIMIT_MS);
      expect(await listens(new URL(url).port)).toBe(false);
    },
    LIMIT_MS,
  );
});

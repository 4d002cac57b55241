import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Descendants } from './descendants.ts';

const DEMO = ['--import', 'tsx', 'sandbox/demo/main.ts', '--components', 'litellm'];

/** What the demo reports of a component's logins after a rotation. */
export const REPLACED = { newPassword: 'accepted', oldPassword: 'refused (SQLSTATE 28P01)', changed: true } as const;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** How many processes there were. */
  readonly processes: number;
  /** Processes and files that have outlived it. */
  readonly left: readonly string[];
}

export interface RunOptions {
  readonly environment?: Record<string, string>;
  readonly interruptWhen?: (now: { readonly stderr: string; readonly processes: number }) => boolean;
}

/** Runs of the demo in a temporary folder of their own. */
export class DemoRuns {
  readonly folder: string;

  constructor() {
    // Short: PostgreSQL's socket lies below it, and the path of a socket has little room.
    this.folder = mkdtempSync(path.join(tmpdir(), 'demo-'));
    // As a system's own: PostgreSQL runs as another user where we are root.
    chmodSync(this.folder, 0o711);
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs the demo in a temporary folder of its own, as from a terminal. */
  run(args: readonly string[], { environment = {}, interruptWhen }: RunOptions = {}): Promise<Ended> {
    const { folder } = this;
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
}

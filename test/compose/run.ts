import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';
import { installPackages } from '../../sandbox/common/apt.ts';
import { lock } from '../../sandbox/common/cache.ts';
import { SandboxError } from '../../sandbox/common/errors.ts';
import { interruptible } from '../../sandbox/common/interrupt.ts';
import { HOME } from '../../sandbox/common/paths.ts';
import { createProgress } from '../../sandbox/common/progress.ts';
import { runProgram } from '../../sandbox/common/run-program.ts';
import { ROOT } from '../../sandbox/harness/programs.ts';
import { status, up } from '../../sandbox/real/index.ts';
import { compose } from '../../tools/compose/builds.ts';
import { ENGINE_ENVIRONMENT, startEngine, stopEngine } from '../../tools/compose/engine.ts';
import { bringImages, prepareImages } from '../../tools/compose/images.ts';
import { inside } from '../../tools/compose/network.ts';

/** `npm run test:compose`: docker-compose.yml under a Docker engine of its own, against the real sandbox. */

/** Each program that is needed, and the Debian package that has it. */
const PACKAGE_OF = {
  '/usr/sbin/dockerd': 'docker.io',
  '/usr/sbin/nft': 'nftables',
  '/usr/bin/chromium': 'chromium',
};
const GRACE_MS = 10_000;

const program = new Command('test:compose')
  .description('Runs docker-compose.yml against the real sandbox. It starts one where none is up, and leaves it up.')
  .option('-t, --testNamePattern <regex>', 'only tests with such a name')
  .action((options: { readonly testNamePattern?: string }) =>
    interruptible(async (signal) => {
      requireRoot();
      const progress = createProgress();
      await progress.run('Programs', () => install(signal));
      await progress.run('Images', (note) => prepareImages(signal, note));
      if ((await status()) === undefined) await up({}, { signal });
      const release = await lock(path.join(HOME, 'compose.lock'), { signal });
      // The engine's programs, this test's files and a browser's: whatever ends the test, all of it goes.
      const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-compose-'));
      try {
        await progress.run('Docker engine', () => startEngine(compose().binary, signal));
        await progress.run('Images for the engine', (note) => bringImages(signal, note));
        process.exitCode = await jest(options.testNamePattern, folder, signal);
      } finally {
        await progress.run('Removal', () => stopEngine());
        rmSync(folder, { recursive: true, force: true });
        release();
      }
    }),
  );

function requireRoot(): void {
  if (process.platform === 'linux' && process.getuid?.() === 0) return;
  throw new SandboxError('A Docker engine makes namespaces, mounts and routes: it needs Linux and root.', {
    mend: 'sudo npm run test:compose',
  });
}

async function install(signal: AbortSignal): Promise<void> {
  const missing = Object.entries(PACKAGE_OF).filter(([file]) => !existsSync(file));
  if (missing.length > 0)
    await installPackages(
      missing.map(([, name]) => name),
      signal,
    );
}

/** Runs the tests where the engine publishes its ports. @returns the exit code. */
async function jest(named: string | undefined, folder: string, signal: AbortSignal): Promise<number> {
  const [command = '', ...more] = [
    ...inside,
    process.execPath,
    ...['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'],
    ...['--selectProjects', 'compose', '--runInBand', '--forceExit'],
    ...(named === undefined ? [] : ['--testNamePattern', named]),
  ];
  const { exitCode } = await execa(command, more, {
    cwd: ROOT,
    env: { ...ENGINE_ENVIRONMENT, TMPDIR: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: GRACE_MS,
  });
  signal.throwIfAborted();
  return exitCode ?? 1;
}

await runProgram(program, { usage: 2 });

import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../common/apt.ts';
import { keyOf } from '../common/cache.ts';
import { command } from '../common/command.ts';
import { cached, type Build } from '../common/go-build.ts';
import { logOf } from '../common/paths.ts';
import { debootstrap } from './debian.ts';

/* What the worker's image is made of, but for the program itself. Each part is kept in the cache by its inputs. */

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const NODE = fileURLToPath(new URL('./node', import.meta.url));
const LOG = 'worker-image';

/** A stage of the Dockerfile: `gitops` has Git and SOPS too. */
export const WORKER_TARGETS = ['worker', 'gitops'] as const;
export type WorkerTarget = (typeof WORKER_TARGETS)[number];

/** The user `cnpg-rotator`. By number, so that Kubernetes' runAsNonRoot can see that the user is not root. */
export const WORKER_USER = 1000;
/** The Debian of the Dockerfile's base image, and the packages that each stage installs. */
export const WORKER_SUITE = 'trixie';
const ALWAYS = ['ca-certificates', 'libstdc++6'];
export const WORKER_PACKAGES: Readonly<Record<WorkerTarget, readonly string[]>> = {
  worker: ALWAYS,
  gitops: [...ALWAYS, 'git', 'openssh-client'],
};

/** Of a Debian root: what no program of the image opens. */
const UNUSED = ['boot', 'media', 'proc', 'sys', 'dev', 'var/cache', 'var/lib/apt', 'var/log', 'usr/lib/apt'].concat(
  ['doc', 'info', 'man', 'locale', 'i18n', 'bash-completion'].map((folder) => `usr/share/${folder}`),
);

/** Node.js as nodejs.org publishes it, from its npm package, with the checksum of the lock file. */
export function nodeProgram(): Build {
  const directory = cached('worker-node', keyOf(...pinsOf(NODE), process.arch));
  return {
    name: 'worker-node',
    title: "the worker's Node.js",
    directory,
    binary: join(directory, 'node'),
    make: async (target, signal) => {
      await install(NODE, target, signal);
      cpSync(join(target, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node'), join(target, 'node'));
      rmSync(join(target, 'node_modules'), { recursive: true });
    },
  };
}

/** The dependencies of the worker without those of its development, and their bill of materials. */
export function workerModules(): Build {
  const directory = cached('worker-modules', keyOf(...pinsOf(PROJECT), process.arch, '2'));
  return {
    name: 'worker-modules',
    title: "the worker's dependencies",
    directory,
    binary: join(directory, 'node_modules'),
    make: async (target, signal) => {
      await install(PROJECT, target, signal);
      const sbom = await command('npm', ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx'], {
        cwd: target,
        signal,
      });
      writeFileSync(join(target, 'sbom.cdx.json'), sbom);
      // Temporal's SDK brings its native core for five platforms.
      const cores = join(target, 'node_modules', '@temporalio', 'core-bridge', 'releases');
      const own = `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-unknown-linux-gnu`;
      for (const core of readdirSync(cores).filter((name) => name !== own))
        rmSync(join(cores, core), { recursive: true });
      // OpenTelemetry brings itself three times. Node.js loads the one in build/src.
      const telemetry = join(target, 'node_modules', '@opentelemetry');
      for (const one of readdirSync(telemetry))
        for (const unused of ['esm', 'esnext'])
          rmSync(join(telemetry, one, 'build', unused), { recursive: true, force: true });
    },
  };
}

/** Debian with the image's user and the command `cnpg-rotate`. */
export function workerDebian(of: WorkerTarget): Build {
  const packages = WORKER_PACKAGES[of];
  const cli = readFileSync(join(PROJECT, 'deploy', 'image', 'cnpg-rotate'));
  const inputs = JSON.stringify([WORKER_SUITE, packages, UNUSED, WORKER_USER, process.arch]);
  const directory = cached(`worker-debian-${of}`, keyOf(inputs, cli, '1'));
  return {
    name: `worker-debian-${of}`,
    title: `the worker's Debian (${WORKER_SUITE}, with ${packages.join(', ')})`,
    directory,
    binary: join(directory, 'root'),
    make: async (target, signal) => {
      if (!existsSync('/usr/sbin/debootstrap')) await installPackages(['debootstrap'], signal);
      const root = join(target, 'root');
      await debootstrap({ suite: WORKER_SUITE, packages, root, log: LOG }, signal);
      for (const path of UNUSED) rmSync(join(root, path), { recursive: true, force: true });
      const add = (file: string, line: string) => writeFileSync(join(root, 'etc', file), `${line}\n`, { flag: 'a' });
      add('passwd', `cnpg-rotator:x:${WORKER_USER}:${WORKER_USER}::/app:/usr/sbin/nologin`);
      add('group', `cnpg-rotator:x:${WORKER_USER}:`);
      const file = join(root, 'usr', 'local', 'bin', 'cnpg-rotate');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, cli);
      chmodSync(file, 0o755);
    },
  };
}

function pinsOf(folder: string): readonly Buffer[] {
  return ['package.json', 'package-lock.json'].map((file) => readFileSync(join(folder, file)));
}

/** Installs what a lock file pins, without any install script: what a script fetches has no checksum here. */
async function install(folder: string, target: string, signal: AbortSignal): Promise<void> {
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(folder, file), join(target, file));
  const args = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  await command('npm', args, { cwd: target, log: logOf(LOG), signal });
}

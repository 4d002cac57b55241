import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ensureBuilt } from '../common/built.ts';
import { keyOf } from '../common/cache.ts';
import { build } from '../common/go-build.ts';
import { cacheDirectory } from '../common/paths.ts';
import { gitOpsTool } from '../gitops/builds.ts';
import { type Content, writeImage } from './image-archive.ts';
import { importImage } from './node.ts';
import { requireUp } from './require-up.ts';
import { nodeProgram, workerDebian, workerModules, WORKER_USER, type WorkerTarget } from './worker-parts.ts';

/* The image of the Dockerfile without Docker and without an image registry. test/sandbox/worker-image.test.ts compares. */

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

export const WORKER_CONFIG = {
  User: `${WORKER_USER}:${WORKER_USER}`,
  Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production'],
  WorkingDir: '/app',
  Cmd: ['node', 'dist/worker.js'],
};

const packageSchema = z.object({ version: z.string() });

/** The image's name. `localhost` says that no registry has the image. */
export function workerImageName(of: WorkerTarget): string {
  const { version } = packageSchema.parse(JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')));
  return `localhost/cnpg-rotator:${version}${of === 'worker' ? '' : `-${of}`}`;
}

type Note = (text: string) => void;

/** Makes the worker's image of this checkout, and brings it to the node of the sandbox that is up. @returns its name. */
export async function bringWorkerImage(of: WorkerTarget, signal: AbortSignal, note: Note): Promise<string> {
  const init = requireUp();
  await importImage(init, await makeWorkerImage(of, signal, note), signal);
  return workerImageName(of);
}

/** Makes the image where the cache lacks it. @returns the path of its docker-archive. */
export async function makeWorkerImage(of: WorkerTarget, signal: AbortSignal, note: Note): Promise<string> {
  await ensureBuilt(signal);
  const [debian, node, modules] = [workerDebian(of), nodeProgram(), workerModules()];
  const sops = of === 'gitops' ? [gitOpsTool('sops')] : [];
  const parts = [debian, node, modules, ...sops];
  for (const part of parts) await build(part, signal, note);
  const contents: readonly Content[] = [
    { source: debian.binary, target: '/' },
    ...[node, ...sops].map(({ name, binary }) => ({
      ...{ source: binary, target: `/usr/local/bin/${name === 'sops' ? name : 'node'}`, mode: 0o755 },
    })),
    { source: modules.binary, target: '/app/node_modules' },
    { source: join(modules.directory, 'sbom.cdx.json'), target: '/app/sbom.cdx.json' },
    ...['package.json', 'components.yaml', 'dist'].map((name) => ({
      source: join(PROJECT, name),
      target: `/app/${name}`,
    })),
  ];
  const config = WORKER_CONFIG;
  const key = keyOf(JSON.stringify([config, parts.map(({ directory }) => directory)]), ...program());
  const file = join(cacheDirectory(), 'images', `${of}-${key}.tar`);
  if (existsSync(file)) return file;
  note("the worker's image");
  removeOlder(of);
  await writeImage({ name: workerImageName(of), contents, config }, file);
  return file;
}

/** Each change of the sources makes another image of some hundred megabytes. */
function removeOlder(of: WorkerTarget): void {
  const folder = join(cacheDirectory(), 'images');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.startsWith(`${of}-`)) rmSync(join(folder, name));
}

/** Every file of the program with its name. */
function program(): readonly (string | Buffer)[] {
  const built = readdirSync(join(PROJECT, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(PROJECT.length))
    .sort();
  return ['components.yaml', ...built].flatMap((file) => [file, readFileSync(join(PROJECT, file))]);
}

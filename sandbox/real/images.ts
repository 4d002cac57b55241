import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { keyOf } from '../common/cache.ts';
import { IMAGE } from '../common/names.ts';
import { cacheDirectory } from '../common/paths.ts';
import { type Image, writeImage, ARCHITECTURE } from './image-archive.ts';

/** Writes an image's archive unless the cache has it, and returns its path. */
async function archive(image: Image, key: string): Promise<string> {
  const directory = join(cacheDirectory(), 'images');
  const file = join(directory, `${key}.tar`);
  if (!existsSync(file)) {
    mkdirSync(directory, { recursive: true });
    await writeImage(image, file);
  }
  return file;
}

/** The folder in which the operator looks for its programs, one for each architecture (`detectAvailableArchitectures`). */
function managerFolder(version: string): string {
  return version === '1.24.1' ? 'bin' : 'operator';
}

/** @param key names the manager's contents. */
export function cnpgImage(version: string, manager: string, key: string): Promise<string> {
  return archive(
    {
      name: IMAGE.cnpg(version),
      // CNPG copies itself from the second path into the pods of its clusters.
      contents: ['/manager', `/${managerFolder(version)}/manager_${ARCHITECTURE}`].map((target) => ({
        source: manager,
        target,
        mode: 0o755,
      })),
      config: { User: '65532:65532', Entrypoint: ['/manager'], WorkingDir: '/' },
    },
    `${key}-cnpg`,
  );
}

/** Names the contents of a file that the sandbox did not build itself. */
export async function keyOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return keyOf(hash.digest(), 'image');
}

/** An image of one static program, run as nobody. */
export function programImage(name: string, binary: string, key: string): Promise<string> {
  return archive(
    {
      name,
      contents: [{ source: binary, target: '/program', mode: 0o755 }],
      config: { User: '65532:65532', Entrypoint: ['/program'], WorkingDir: '/' },
    },
    key,
  );
}

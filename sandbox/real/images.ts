import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf } from '../common/cache.ts';
import type { Build } from '../common/go-build.ts';
import { IMAGE } from '../common/names.ts';
import type { CnpgVersion } from '../common/options.ts';
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
const MANAGER_FOLDER: Readonly<Record<CnpgVersion, string>> = {
  '1.30.0': 'operator',
  '1.28.0': 'operator',
  '1.24.1': 'bin',
};

export function cnpgImage(version: CnpgVersion, build: Build): Promise<string> {
  return archive(
    {
      name: IMAGE.cnpg(version),
      // CNPG copies itself from the second path into the pods of its clusters.
      contents: ['/manager', `/${MANAGER_FOLDER[version]}/manager_${ARCHITECTURE}`].map((target) => ({
        source: build.binary,
        target,
        mode: 0o755,
      })),
      config: { User: '65532:65532', Entrypoint: ['/manager'], WorkingDir: '/' },
    },
    `${keyOf(build.directory, 'image')}-cnpg`,
  );
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

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Build } from '../common/go-build.ts';
import { cnpgOperator, ownProgram } from './builds.ts';
import { IMAGE } from '../common/names.ts';
import { cnpgImage, keyOfFile, programImage } from './images.ts';
import { keyOf } from '../common/cache.ts';
import type { ResolvedOptions } from './options.ts';
import { isStandin } from '../common/options.ts';
import { GO_MODULES } from './paths.ts';
import { postgresImage } from './postgres.ts';
import type { Progress } from '../common/progress.ts';
import { reloaderImage } from './reloader-image.ts';
import { goVersionOf, meetRequirements } from './requirements.ts';

/** All that is made before the first process starts, and kept for the next time. */
export interface Prepared {
  readonly binaries: { readonly kubernetes: string; readonly coredns: string };
  readonly operatorManifest: string;
  readonly postgresImageName: string;
  /** Archives, in the order in which they are needed. */
  readonly images: readonly string[];
}

export async function prepare(options: ResolvedOptions, progress: Progress, signal: AbortSignal): Promise<Prepared> {
  const given = options.givenCnpg;
  const cnpg = given === undefined ? cnpgOperator(options.cnpg) : undefined;
  const builds = {
    kubernetes: ownProgram('kubernetes'),
    coredns: ownProgram('coredns'),
    application: ownProgram('application'),
    pause: ownProgram('pause'),
    ...(isStandin(options.reloader) ? { reloader: ownProgram('reloader-standin') } : {}),
    ...(cnpg !== undefined && { cnpg }),
  };
  const postgres = postgresImage(options.postgresql);
  const missing = Object.values(builds).filter(({ directory }) => !existsSync(directory));
  await progress.run('Check this machine', (note) =>
    meetRequirements(
      { go: missing.length > 0, goVersion: newestGo(options), debootstrap: !postgres.exists() },
      signal,
      note,
    ),
  );
  await makeMissing(missing, postgres, progress, signal);
  return progress.run('Images', async () => {
    const reloader = await reloaderImage(options.reloader);
    const images = [
      await programImage(IMAGE.pause, builds.pause.binary, `pause-${keyOf(builds.pause.directory)}`),
      await operatorImage(options, cnpg),
      ...(reloader === undefined ? [] : [reloader]),
      postgres.archive,
      await programImage(
        IMAGE.application,
        builds.application.binary,
        `application-${keyOf(builds.application.directory)}`,
      ),
    ];
    return {
      binaries: { kubernetes: builds.kubernetes.binary, coredns: builds.coredns.binary },
      operatorManifest: cnpg?.manifest ?? given?.manifest ?? '',
      postgresImageName: postgres.name(),
      images,
    };
  });
}

async function operatorImage({ cnpg, givenCnpg }: ResolvedOptions, built: Build | undefined): Promise<string> {
  const manager = givenCnpg?.manager ?? built?.binary ?? '';
  return cnpgImage(cnpg, manager, built === undefined ? await keyOfFile(manager) : keyOf(built.directory, 'image'));
}

function newestGo({ cnpg, givenCnpg }: ResolvedOptions): string {
  const versions = ['kubernetes', ...(givenCnpg === undefined ? [`cnpg-${cnpg}`] : [])].map((module) =>
    goVersionOf(join(GO_MODULES, module)),
  );
  return versions.sort((left, right) => left.localeCompare(right, 'en', { numeric: true })).at(-1) ?? '';
}

/** The image waits for a mirror and its disk while the compilers have the processors: both at once. */
async function makeMissing(
  missing: readonly Build[],
  postgres: ReturnType<typeof postgresImage>,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const imageMissing = !postgres.exists();
  if (missing.length === 0 && !imageMissing) return;
  const names = [...missing.map(({ name }) => name), ...(imageMissing ? ['PostgreSQL image'] : [])];
  // Where one fails the other is ended too, so that nothing works on behind the error's back.
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  await progress.run(`Build ${names.join(', ')}`, async (note) => {
    const compiling = (async () => {
      for (const each of missing) await build(each, either, note);
      if (imageMissing) note('the PostgreSQL image (debootstrap)');
    })();
    const imaging = postgres.build(either);
    const end = (error: unknown) => {
      ending.abort(error);
    };
    compiling.catch(end);
    imaging.catch(end);
    await Promise.allSettled([compiling, imaging]);
    signal.throwIfAborted();
    ending.signal.throwIfAborted();
  });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { keyOf, once } from './cache.ts';
import { command } from './command.ts';
import { cacheDirectory, logOf } from './paths.ts';

/** Something that the go command makes of one of the sandboxes' Go modules, kept in the cache under a key of its inputs. */
export interface Build {
  readonly name: string;
  /** What a person is told while it is made. */
  readonly title: string;
  readonly directory: string;
  /** The program in there. */
  readonly binary: string;
  make(directory: string, signal: AbortSignal): Promise<void>;
}

const FLAGS = ['-trimpath', '-buildvcs=false', '-mod=readonly'];
/** No C library: the programs run in images that hold nothing else. */
const ENVIRONMENT = { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
export const LINK = '-s -w';

export async function build(wanted: Build, signal: AbortSignal, note: (text: string) => void): Promise<void> {
  await once(
    wanted.directory,
    async (directory) => {
      note(wanted.title);
      await wanted.make(directory, signal);
    },
    { signal, waiting: (pid) => note(`${wanted.title}: process ${pid} is building the same, waiting for it`) },
  );
}

/** Where a build with this key of its inputs is kept. */
export function cached(name: string, key: string): string {
  return join(cacheDirectory(), 'builds', `${name}-${key}`);
}

export function moduleKey(module: string, link: string, ...sources: readonly (string | Buffer)[]): string {
  const pins = ['go.mod', 'go.sum'].map((file) => readFileSync(join(module, file)));
  return keyOf(...pins, JSON.stringify([FLAGS, ENVIRONMENT, link, process.arch]), ...sources);
}

/** Where the go command keeps the sources of a module that one of ours needs. */
export async function moduleFolder(module: string, needed: string, signal: AbortSignal): Promise<string> {
  const found = await command('go', ['mod', 'download', '-json', needed], { cwd: module, env: ENVIRONMENT, signal });
  return z.object({ Dir: z.string() }).parse(JSON.parse(found)).Dir;
}

export async function goBuild(
  module: string,
  source: string,
  target: string,
  link: string,
  signal: AbortSignal,
): Promise<void> {
  await command('go', ['build', ...FLAGS, '-ldflags', link, '-o', target, source], {
    cwd: module,
    env: ENVIRONMENT,
    log: buildLog(),
    signal,
  });
}

/** Only root, who runs the real sandbox, may write where its logs are. */
function buildLog(): string {
  return process.getuid?.() === 0 ? logOf('build') : join(cacheDirectory(), 'build.log');
}

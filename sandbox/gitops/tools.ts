import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { build } from '../common/go-build.ts';
import { gitOpsTool } from './builds.ts';
import { once } from '../common/cache.ts';
import { command, searchPath } from '../common/command.ts';
import { SandboxError } from '../common/errors.ts';
import { cacheDirectory } from '../common/paths.ts';

/** What a repository of the cluster-template family renders with, from PyPI. */
const PYTHON_PACKAGES = ['go-task-bin==3.54.0', 'makejinja==2.8.1', 'rust-just==1.59.0'] as const;
const VENV = join(cacheDirectory(), `gitops-${PYTHON_PACKAGES.join('-').replaceAll('==', '-')}`);
/** Made last. */
const READY = join(VENV, 'ready');

const TOOLS = [gitOpsTool('sops'), gitOpsTool('age-keygen')];

/** The folders of SOPS, age-keygen, Task, just and makejinja, to be put before PATH. */
export function toolFolders(): readonly string[] {
  return [...TOOLS.map(({ directory }) => directory), join(VENV, 'bin')];
}

/** Puts the tools before this process' PATH. @throws when they are not there yet. */
export function useTools(): void {
  const missing = [...toolFolders(), READY].find((folder) => !existsSync(folder));
  if (missing !== undefined) throw new Error(`${missing} is not there: "npm run test:gitops" makes it.`);
  putBeforePath(toolFolders());
}

/**
 * Git, SOPS and age-keygen for a repository without a render: those of the machine, else those in the cache, else built
 * with Go, which takes minutes once. They are on this process' PATH then.
 * @throws SandboxError that names all that is missing, and what to do.
 */
export async function haveSops(signal: AbortSignal, note: (text: string) => void): Promise<void> {
  const toBuild = TOOLS.filter(({ name }) => !isOnPath(name));
  const cold = toBuild.filter(({ directory }) => !existsSync(directory));
  const problem = toolProblem({ git: isOnPath('git'), go: isOnPath('go'), toBuild: cold.map(({ name }) => name) });
  if (problem !== undefined) throw problem;
  for (const tool of toBuild) await build(tool, signal, note);
  putBeforePath(toBuild.map(({ directory }) => directory));
}

/** All that is missing at once. */
export function toolProblem(has: {
  readonly git: boolean;
  readonly go: boolean;
  /** Neither on the machine nor in the cache. */
  readonly toBuild: readonly string[];
}): SandboxError | undefined {
  const unbuildable = has.go ? [] : has.toBuild;
  const missing = [...(has.git ? [] : ['git']), ...unbuildable];
  if (missing.length === 0) return undefined;
  const mends = [
    ...(has.git ? [] : ['apt-get install -y git']),
    ...(unbuildable.length === 0
      ? []
      : ['install Go and put it on PATH (they are built with it, once), or install SOPS 3.11 or newer and age']),
  ];
  return new SandboxError(`To rotate through Git, ${missing.join(', ')} must be on PATH, and cannot be found.`, {
    mend: mends.join('; '),
  });
}

/** Builds and installs what is not in the cache: minutes at first, nothing afterwards. Needs Go and Python. */
export async function prepareTools(signal: AbortSignal, note: (text: string) => void): Promise<void> {
  for (const tool of TOOLS) await build(tool, signal, note);
  await once(
    READY,
    async () => {
      note(PYTHON_PACKAGES.join(' and '));
      // The scripts of a virtual environment name its folder, so it is made where it will be.
      await command('python3', ['-m', 'venv', VENV], { signal });
      await command(
        join(VENV, 'bin', 'pip'),
        ['install', '--quiet', '--disable-pip-version-check', ...PYTHON_PACKAGES],
        {
          signal,
        },
      );
    },
    { signal },
  );
}

function putBeforePath(folders: readonly string[]): void {
  process.env['PATH'] = [...folders, process.env['PATH'] ?? ''].join(delimiter);
}

function isOnPath(program: string): boolean {
  return searchPath()
    .split(delimiter)
    .some((folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

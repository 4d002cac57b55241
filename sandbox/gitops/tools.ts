import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { build, gitOpsTool } from '../real/builds.ts';
import { once } from '../real/cache.ts';
import { command } from '../real/command.ts';
import { cacheDirectory } from '../real/paths.ts';

/** What a repository of the cluster-template family renders with, from PyPI. */
const PYTHON_PACKAGES = ['go-task-bin==3.54.0', 'makejinja==2.8.1'] as const;
const VENV = join(cacheDirectory(), `gitops-${PYTHON_PACKAGES.join('-').replaceAll('==', '-')}`);
/** Made last. */
const READY = join(VENV, 'ready');

const TOOLS = [gitOpsTool('sops'), gitOpsTool('age-keygen')];

/** The folders of SOPS, age-keygen, Task and makejinja, to be put before PATH. */
export function toolFolders(): readonly string[] {
  return [...TOOLS.map(({ directory }) => directory), join(VENV, 'bin')];
}

/** Puts the tools before this process' PATH. @throws when they are not there yet. */
export function useTools(): void {
  const missing = [...toolFolders(), READY].find((folder) => !existsSync(folder));
  if (missing !== undefined) throw new Error(`${missing} is not there: "npm run test:gitops" makes it.`);
  process.env['PATH'] = [...toolFolders(), process.env['PATH'] ?? ''].join(delimiter);
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

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../common/command.ts';
import { SandboxError } from '../common/errors.ts';
import { logOf } from '../common/paths.ts';

/** A Debian suite with some packages, in a folder of its own. */
export interface DebianRoot {
  readonly suite: string;
  readonly packages: readonly string[];
  readonly root: string;
  /** The name of its log. */
  readonly log: string;
}

/** Installs Debian into a folder, in namespaces of its own: what debootstrap mounts and starts ends with it. */
export async function debootstrap({ suite, packages, root, log }: DebianRoot, signal: AbortSignal): Promise<void> {
  await command(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'debootstrap', '--variant=minbase'].concat(
      `--include=${packages.join(',')}`,
      suite,
      root,
      debianMirror(),
      ...scriptFor(suite),
    ),
    { log: logOf(log), signal },
  );
}

/** Debian 12 has no script for a suite that came later: that of sid serves. */
function scriptFor(suite: string): readonly string[] {
  const scripts = '/usr/share/debootstrap/scripts';
  return existsSync(join(scripts, suite)) ? [] : [join(scripts, 'sid')];
}

/** The mirror that this machine itself uses. */
export function debianMirror(read: () => readonly string[] = readAptSources): string {
  for (const text of read()) {
    const found = /^URIs:\s*(\S*debian\/?)\s*$/m.exec(text) ?? /^deb\s+(?:\[[^\]]*\]\s*)?(\S*debian\/?)\s/m.exec(text);
    if (found?.[1] !== undefined) return found[1];
  }
  throw new SandboxError("The machine's apt sources name no Debian mirror.", {
    mend: 'add one to /etc/apt/sources.list, or run the sandbox on Debian 12',
  });
}

function readAptSources(): string[] {
  const folder = '/etc/apt/sources.list.d';
  const more = existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((name) => join(folder, name))
    : [];
  return ['/etc/apt/sources.list', ...more]
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
}

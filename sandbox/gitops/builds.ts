import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Build, moduleFolder, cached, moduleKey, LINK, goBuild } from '../common/go-build.ts';

const GO_MODULES = fileURLToPath(new URL('./go', import.meta.url));

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

import type { GitOpsSource } from '../domain/source.ts';

/** Signs that Git reads as more than themselves: in a path that is asked for, or in a pattern of .gitignore. */
const MAGIC = /[*?[\]\\!#]|\s$/;

/**
 * The files of the branch that a rotation reads, as patterns of .gitignore: the encrypted Secrets, the variable's file
 * and SOPS' rules. The clone leaves the others on the server.
 * @returns undefined where a command of the repository runs in the clone, which may read every file.
 */
export function neededFiles({ render, flux, manifests, variable }: GitOpsSource): readonly string[] | undefined {
  const named = [...manifests, ...(variable === undefined ? [] : [variable.file])];
  if (render.length > 0 || flux.reconcile.length > 0 || named.some((path) => MAGIC.test(path))) return undefined;
  const secrets = manifests.length > 0 ? [] : ['*.sops.yaml', '*.sops.yml'];
  return ['/.sops.yaml', ...secrets, ...named.map((path) => `/${path.replace(/^(\.\/)+/, '')}`)];
}

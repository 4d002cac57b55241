import { z } from 'zod';

/**
 * A repository with the world's Secrets, a Git server, SOPS and Flux. The component's `source` in the catalogue is
 * `{kind: gitops}`; the runner adds the repository's address and the key. In the files `{{age}}` stands for the
 * recipient, and `{{pgp 1}}` for a fingerprint; in the catalogue `{{worker}}` stands for the folder of `workerFiles`.
 */
export const gitSchema = z.strictObject({
  /** Path → content. A file *.sops.* is encrypted as .sops.yaml says. Default: each Secret of the world's home. */
  files: z.record(z.string(), z.string()).default({}),
  /** Symbolic links: path → where it leads, from the link or from the root. `{{worker}}` is the worker's folder. */
  links: z.record(z.string(), z.string()).default({}),
  /** Files that only the worker has. */
  workerFiles: z.record(z.string(), z.string()).default({}),
  /** So many PGP keys are made, whose public parts the worker does not have. */
  pgpKeys: z.int().min(0).max(3).default(0),
  /** Merged into the spec of the GitRepository. */
  gitRepository: z.looseObject({}).default({}),
  /** Merged into the spec of the Kustomization, which applies the folder `kubernetes`. */
  kustomization: z.looseObject({}).default({}),
  /** ConfigMaps beside the Kustomization: name → data. */
  configMaps: z.record(z.string(), z.record(z.string(), z.string())).default({}),
});

export type WorldGitOptions = z.output<typeof gitSchema>;

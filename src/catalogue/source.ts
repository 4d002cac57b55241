import { z } from 'zod';
import type { GitCredentials, GitOpsSource, ObjectRef } from '../domain/source.ts';

/** `namespace/name`. */
const objectRef = z
  .string()
  .regex(/^[a-z0-9][-a-z0-9]*\/[a-z0-9][-a-z0-9.]*$/, 'must be "namespace/name"')
  .transform((text): ObjectRef => {
    const [namespace = '', name = ''] = text.split('/');
    return { namespace, name };
  });

/** A path in the repository: relative, and never out of the repository. */
const repositoryPath = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.startsWith(':') && !path.split('/').includes('..'),
    'must be a path inside the repository',
  );

const absoluteFile = z.string().startsWith('/', 'must be an absolute path on the worker');

const command = z.array(z.string().min(1));

const repository = z
  .string()
  .regex(
    /^(https?:\/\/|ssh:\/\/|file:\/\/|[a-z0-9._-]+@[a-z0-9.-]+:)[^\s]+$/i,
    'must begin with https://, ssh:// or user@host:',
  )
  .refine((url) => !/:\/\/[^/@]*:[^/@]*@/.test(url), 'must not hold a password: use "credentials"');

const credentials = z.union([
  z.strictObject({ secret: objectRef }).transform(({ secret }): GitCredentials => ({ kind: 'secret', ...secret })),
  z
    .strictObject({ username: z.string().min(1), passwordFile: absoluteFile })
    .transform((files): GitCredentials => ({ kind: 'password', ...files })),
  z
    .strictObject({ sshKeyFile: absoluteFile, knownHostsFile: absoluteFile })
    .transform(({ sshKeyFile: keyFile, knownHostsFile }): GitCredentials => ({ kind: 'ssh', keyFile, knownHostsFile })),
]);

/** The settings of a component's `source` and of the catalogue's `gitops`. The `source` wins. */
export const gitOpsSettings = z.strictObject({
  repository: repository.optional(),
  branch: z
    .string()
    .regex(/^[A-Za-z0-9][\w./-]*$/, 'must be the name of a branch')
    .optional(),
  credentials: credentials.optional(),
  author: z.strictObject({ name: z.string().min(1), email: z.string().min(1) }).optional(),
  signingKeyFile: absoluteFile.optional(),
  sops: z.strictObject({ ageKeyFile: absoluteFile.optional() }).optional(),
  variable: z
    .strictObject({
      file: repositoryPath.default('cluster.yaml'),
      key: z.string().min(1).optional(),
      usernameKey: z.string().min(1).optional(),
      render: command.optional(),
    })
    .optional(),
  manifests: z.array(repositoryPath).optional(),
  localFiles: z.record(repositoryPath, absoluteFile).optional(),
  allowedPaths: z.array(repositoryPath).optional(),
  flux: z
    .strictObject({
      kustomization: objectRef.optional(),
      gitRepository: objectRef.optional(),
      reconcile: command.min(1).optional(),
    })
    .optional(),
});
export type GitOpsSettings = z.output<typeof gitOpsSettings>;

export const sourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('kubernetes') }),
  gitOpsSettings.extend({ kind: z.literal('gitops') }),
]);

const DEFAULT_RENDER = ['task', '-y', 'configure'];

/** @returns the source with every default, or the settings that the source lacks. */
export function toGitOpsSource(
  component: string,
  own: GitOpsSettings,
  shared: GitOpsSettings = {},
): GitOpsSource | string {
  const settings = { ...shared, ...own };
  if (settings.repository === undefined) return 'needs a repository, here or under "gitops"';
  const { repository, credentials, signingKeyFile, sops, variable, manifests, flux } = settings;
  // Named manifests are edited. Only without named manifests does a variable need a render to reach the cluster.
  const render = variable === undefined ? [] : (variable.render ?? (manifests === undefined ? DEFAULT_RENDER : []));
  return {
    repository,
    branch: settings.branch ?? 'main',
    author: settings.author ?? { name: 'cnpg-rotator', email: 'cnpg-rotator@localhost' },
    credentials,
    signingKeyFile,
    ageKeyFile: sops?.ageKeyFile,
    variable: variable && {
      file: variable.file,
      key: variable.key ?? `${component.replaceAll('-', '_')}_db_password`,
      usernameKey: variable.usernameKey,
    },
    manifests: manifests ?? [],
    render,
    localFiles: settings.localFiles ?? {},
    allowedPaths: settings.allowedPaths ?? [],
    flux: { ...flux, reconcile: flux?.reconcile ?? [] },
  };
}

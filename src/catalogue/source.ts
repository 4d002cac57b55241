import { z } from 'zod';
import type { GitCredentials, GitOpsSource, LocalFile, ObjectRef } from '../domain/source.ts';

/** `namespace/name`. */
const objectRef = z
  .string()
  .regex(/^[a-z0-9][-a-z0-9]*\/[a-z0-9][-a-z0-9.]*$/, 'must be "namespace/name"')
  .transform((text): ObjectRef => {
    const [namespace = '', name = ''] = text.split('/');
    return { namespace, name };
  });

/** A path in the repository: relative, and neither out of the repository nor in Git's own folder. */
const repositoryPath = z
  .string()
  .min(1)
  .refine(
    (path) =>
      !path.startsWith('/') && !path.startsWith(':') && !path.split('/').some((step) => /^(\.\.|\.git)$/i.test(step)),
    'must be a path inside the repository',
  );

/** A file on the worker, or `{secret: flux-system/cluster-yaml, key: cluster.yaml}`. The key's default is the name. */
const localFile = z.union([
  z.string().startsWith('/', 'must be an absolute path on the worker, or {secret: namespace/name}'),
  z.strictObject({ secret: objectRef, key: z.string().min(1).optional() }),
]);

const absoluteFile = z.string().startsWith('/', 'must be an absolute path on the worker');

const command = z.array(z.string().min(1));

const repository = z
  .string()
  .regex(
    /^(https?:\/\/|ssh:\/\/|file:\/\/|[a-z0-9._-]+@[a-z0-9.-]+:)[^\s]+$/i,
    'must begin with https://, ssh:// or user@host:',
  )
  .refine(holdsNoSecret, 'must not hold a user name, a token or a password, except the user of ssh: use "credentials"');

/** A user of ssh is a name. The tokens of the large hosts have these beginnings. */
const SSH_USER = /^(?!(gh[a-z]_|github_pat_|gl[a-z]*-|ATBB|ATCT))[a-z_][a-z0-9._-]{0,31}$/i;

/** Over HTTP the user name may be a token, which whoever reads an error or the clone's configuration would see. */
function holdsNoSecret(url: string): boolean {
  // Without a scheme it reads `user@host:path`.
  const [, scheme = 'ssh', authority = ''] = /^([a-z]+):\/\/([^/]*)/i.exec(url) ?? [url, 'ssh', url.split(':')[0]];
  const end = authority.lastIndexOf('@');
  const userinfo = end === -1 ? undefined : authority.slice(0, end);
  if (/^https?$/i.test(scheme)) return userinfo === undefined && !/[?#]/.test(url);
  return userinfo === undefined || SSH_USER.test(userinfo);
}

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
  localFiles: z
    .record(repositoryPath, localFile)
    .transform((files) =>
      Object.fromEntries(Object.entries(files).map(([path, file]) => [path, toLocalFile(path, file)])),
    )
    .optional(),
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

function toLocalFile(path: string, file: z.output<typeof localFile>): LocalFile {
  if (typeof file === 'string') return file;
  return { ...file.secret, key: file.key ?? path.slice(path.lastIndexOf('/') + 1) };
}

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

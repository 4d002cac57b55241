import type { StagedInGit } from '../../../src/gitops/look.ts';

/* The files of the repository of test/harness/git/home.ts, and the Secrets in these files. */

const utf8 = new TextEncoder();

export const OLD = 'old-password-0123456789';
export const NEW = 'new-password-9876543210_ABCDEFGH';
export const MANIFEST = 'kubernetes/apps/ai-system/litellm/app/secret.sops.yaml';
export const OTHER_MANIFEST = 'kubernetes/apps/ai-system/langfuse/app/secret.sops.yaml';

const uri = (password: string): string => `postgresql://litellm:${password}@litellm-postgresql-rw:5432/litellm`;

/** Two documents of one file; the second in `data`, as people write it by hand, or in `stringData`, as templates do. */
export function manifests(password: string, keys: 'data' | 'stringData' = 'data'): string {
  const value = (text: string): string => (keys === 'data' ? Buffer.from(text).toString('base64') : text);
  return `---
# What CNPG reads.
apiVersion: v1
kind: Secret
metadata:
  name: litellm-db-secret
  labels:
    cnpg.io/reload: "true"
type: kubernetes.io/basic-auth
stringData:
  username: litellm
  password: ${password}
---
apiVersion: v1
kind: Secret
metadata:
  name: litellm-env
  namespace: ai-system
${keys}:
  # kept as it is
  MASTER_KEY: ${value('sk-1234')}
  DATABASE_URL: ${value(uri(password))}
`;
}

export const LANGFUSE_MANIFEST = `---
apiVersion: v1
kind: Secret
metadata:
  name: langfuse-db-secret
stringData:
  username: langfuse
  password: langfuse-password-55555
`;

/** The two Secrets of the component, as a rotation from one password to another stages them. */
export function secretsOf(from: string, to: string): readonly StagedInGit[] {
  const namespace = 'ai-system';
  const data = (key: string, value: (password: string) => string) => ({
    previous: { [key]: utf8.encode(value(from)) },
    pending: { [key]: utf8.encode(value(to)) },
  });
  return [
    { namespace, name: 'litellm-db-secret', data: data('password', (password) => password) },
    { namespace, name: 'litellm-env', data: data('DATABASE_URL', uri) },
  ];
}

export const SECRETS = secretsOf(OLD, NEW);

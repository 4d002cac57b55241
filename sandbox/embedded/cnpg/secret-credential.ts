import type { Store } from '../api/index.ts';

/** A credential of a Secret, or why there is none in it. */
export type SecretCredential =
  | { readonly kind: 'absent' }
  | { readonly kind: 'bad'; readonly why: string }
  | { readonly kind: 'good'; readonly password: string; readonly resourceVersion: string };

/** Reads a role's Secret as CNPG does, which trims what it finds. */
export function readCredential(store: Store, namespace: string, name: string, role: string): SecretCredential {
  const secret = store.find('secrets', { namespace, name });
  if (secret === undefined) return { kind: 'absent' };
  const text = (key: string): string | undefined => {
    const value = secret.data?.[key];
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8').trim();
  };
  const [username, password] = [text('username'), text('password')];
  if (username === undefined) return { kind: 'bad', why: `username key doesn't exist inside the secret ${name}` };
  if (password === undefined) return { kind: 'bad', why: `password key doesn't exist inside the secret ${name}` };
  if (username !== role) return { kind: 'bad', why: `wrong username '${username}' in secret, expected '${role}'` };
  return { kind: 'good', password, resourceVersion: secret.metadata?.resourceVersion ?? '' };
}

/** What versions with the fix say of a role whose Secret cannot be used; undefined where the Secret can be used. */
export function complaintOf(credential: SecretCredential, secret: string, role: string): string | undefined {
  switch (credential.kind) {
    case 'good':
      return undefined;
    case 'absent':
      return `failed to get password secret ${secret}: Secret "${secret}" not found`;
    case 'bad':
      return credential.why.startsWith('wrong username')
        ? `the username in secret "${secret}" does not match role "${role}"`
        : credential.why;
  }
}

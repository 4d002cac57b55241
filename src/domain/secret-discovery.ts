import { Password, type Credential } from './password.ts';
import { asText, rerender, type SecretData } from './secret-data.ts';

/** A Secret of the namespace, as far as it is judged here. */
export interface CandidateSecret {
  readonly name: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: SecretData;
}

export interface Discovery {
  /** Secrets that hold the password and change with it. */
  readonly holders: readonly string[];
  /** Secrets that hold the same text but are left alone, and why. */
  readonly leftAlone: readonly { readonly name: string; readonly because: string }[];
}

/** Types whose content belongs to a machine and is written anew by it. */
const FOREIGN_TYPES: ReadonlySet<string> = new Set([
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockerconfigjson',
]);

/** Which Secrets of a namespace, besides CNPG's own, hold the credential's password, raw or percent-encoded. */
export function discoverHolders(candidates: readonly CandidateSecret[], credential: Credential): Discovery {
  const holders: string[] = [];
  const leftAlone: { name: string; because: string }[] = [];
  for (const { name, type, labels, data } of candidates) {
    if (FOREIGN_TYPES.has(type) || labels['app.kubernetes.io/managed-by'] === 'cnpg-rotator') continue;
    if (!holdsPassword(data, credential)) continue;
    const username = asText(data['username'] ?? new Uint8Array())?.trim();
    if (username === undefined || username === '' || username === credential.username) holders.push(name);
    else leftAlone.push({ name, because: `it holds the same password for another user, "${username}"` });
  }
  return { holders: holders.sort(), leftAlone };
}

/** Whether putting another password in its place would change any value. */
function holdsPassword(data: SecretData, { username, password }: Credential): boolean {
  const other = { username, password: Password.of(`${password.reveal()}-another`) };
  return Object.keys(rerender(data, { username, password }, other)).length > 0;
}

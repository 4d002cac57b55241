/** A Secret's `data` as bytes: exactly what the API holds, decoded from base64. */
export type SecretData = Readonly<Record<string, Uint8Array>>;

/** The value as text, or `undefined` when it is not UTF-8. */
export function asText(value: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

/** A key's text without white space around it, as CNPG trims it; empty where there is no text. */
export function trimmedText(data: SecretData, key: string): string {
  return asText(data[key] ?? new Uint8Array())?.trim() ?? '';
}

/** The values that are text. Other values hold no password that anybody could type. */
export function textsOf(data: SecretData): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) => {
      const text = asText(value);
      return text === undefined ? [] : [[key, text]];
    }),
  );
}

export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Whether `data` holds every key of `part` with the same bytes. */
export function holds(data: SecretData, part: SecretData): boolean {
  return Object.entries(part).every(([key, value]) => sameBytes(data[key], value));
}

/** Types of Secrets with content from a machine, without a database password. Helm's releases are large and many. */
export const MACHINE_TYPES: readonly string[] = [
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/dockercfg',
  'kubernetes.io/tls',
  'bootstrap.kubernetes.io/token',
];

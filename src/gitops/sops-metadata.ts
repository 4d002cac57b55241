import { RotationError } from '../domain/failures.ts';
import { parseDocuments } from './yaml-edit.ts';

/** The kinds of keys that SOPS 3.13 encrypts a file's data key with, by their names in the file. */
const KEYS = ['age', 'pgp', 'kms', 'gcp_kms', 'hckms', 'azure_kv', 'hc_vault'] as const;

/** The fields that say what of a file SOPS encrypts. */
const RULES = [
  'encrypted_regex',
  'unencrypted_regex',
  'encrypted_suffix',
  'unencrypted_suffix',
  'encrypted_comment_regex',
  'unencrypted_comment_regex',
  'mac_only_encrypted',
] as const;

const KNOWN: ReadonlySet<string> = new Set([
  ...KEYS,
  ...RULES,
  'key_groups',
  'shamir_threshold',
  'lastmodified',
  'mac',
  'version',
]);

/** What SOPS notes in a file about its encryption. */
export type SopsBlock = Readonly<Record<string, unknown>>;

/** The note of the first document that has one; `undefined` where SOPS has not encrypted the text. */
export function sopsBlock(text: string, path: string): SopsBlock | undefined {
  if (isDotenv(path)) return flatBlock(text);
  // SOPS encrypts no TOML.
  if (path.endsWith('.toml')) return undefined;
  for (const document of parseDocuments(text, path)) {
    const block: unknown = (document.toJS() as { readonly sops?: unknown } | null)?.sops;
    if (typeof block === 'object' && block !== null) return block as SopsBlock;
  }
  return undefined;
}

/** Whether the text is a file that SOPS has encrypted. */
export function isEncrypted(text: string, path: string): boolean {
  return sopsBlock(text, path) !== undefined;
}

export function isDotenv(path: string): boolean {
  return /(^|[./])env$/.test(path);
}

/**
 * A newer SOPS may know more keys and more ways to encrypt. This one would write the file without them.
 * @throws RotationError `SopsFailed` with the names that are not known.
 */
export function requireKnownKeys(text: string, path: string): void {
  const block = sopsBlock(text, path) ?? {};
  const groups = Array.isArray(block['key_groups']) ? (block['key_groups'] as readonly SopsBlock[]) : [];
  const unknown = [
    ...Object.keys(block).filter((field) => !KNOWN.has(field)),
    ...groups.flatMap((group) => Object.keys(group)).filter((field) => !KEYS.some((kind) => kind === field)),
  ];
  if (unknown.length === 0 || isDotenv(path)) return;
  throw new RotationError(
    'SopsFailed',
    `${path} is encrypted with ${[...new Set(unknown)].join(', ')}, which is not known here. A change could take those out who read the file by that. Take that key out with "sops updatekeys", or rotate with a release that knows it.`,
  );
}

/**
 * Who can decrypt the file, and what of it is encrypted, as one text. Recipients are a set, and so are groups of them:
 * their order and their own copies of the data key are left out.
 */
export function describeEncryption(text: string, path: string): string {
  const block = sopsBlock(text, path) ?? {};
  const groups = Array.isArray(block['key_groups']) ? (block['key_groups'] as readonly SopsBlock[]) : [block];
  const recipients = groups.map((group) => JSON.stringify(recipientsOf(group))).sort();
  // Without a threshold every group is needed.
  const threshold = block['shamir_threshold'] === undefined ? 0 : Number(block['shamir_threshold']);
  const rules = RULES.flatMap((rule) => (isSet(block[rule]) ? [[rule, block[rule]]] : []));
  return JSON.stringify([recipients, groups.length > 1 ? threshold : 0, rules]);
}

/** @throws RotationError `SopsFailed` where others could read the file than before. */
export function requireSameEncryption(path: string, before: string, after: string): void {
  if (describeEncryption(before, path) === describeEncryption(after, path)) return;
  throw new RotationError(
    'SopsFailed',
    `${path} would be encrypted for other recipients, or by another rule, than it is now: .sops.yaml has changed. Run "sops updatekeys ${path}", or encrypt the file anew, commit that, then rotate again.`,
  );
}

function recipientsOf(group: SopsBlock): readonly string[] {
  return KEYS.flatMap((kind) => {
    const keys = Array.isArray(group[kind]) ? (group[kind] as readonly SopsBlock[]) : [];
    return keys.map((key) => `${kind} ${JSON.stringify(identityOf(key))}`);
  }).sort();
}

/** A key without the fields that differ at each encryption. */
function identityOf(key: SopsBlock): readonly (readonly [string, unknown])[] {
  return Object.entries(key)
    .filter(([field, value]) => field !== 'enc' && field !== 'created_at' && isSet(value))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** SOPS writes some fields empty that it leaves out elsewhere. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

/** In a dotenv file the note stands in lines of its own: `sops_mac=…`. */
function flatBlock(text: string): SopsBlock | undefined {
  const lines = [...text.matchAll(/^sops_(\w+)=(.*)$/gm)];
  return lines.length === 0 ? undefined : Object.fromEntries(lines.map(([, field = '', value]) => [field, value]));
}

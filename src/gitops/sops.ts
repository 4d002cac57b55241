import { RotationError, type FailureType } from '../domain/failures.ts';
import { run, type Finished } from './run.ts';
import type { Scratch } from './scratch.ts';
import { parseDocuments } from './yaml-edit.ts';

const PROGRAM = 'sops';
const YAML = ['--input-type', 'yaml', '--output-type', 'yaml'] as const;
const TIMEOUT_MS = 30_000;

/** SOPS' own exit codes. */
const EXIT: Readonly<Record<number, { readonly type: FailureType; readonly what: string }>> = {
  51: {
    type: 'SopsMacMismatch',
    what: 'was changed without SOPS: its MAC does not match. Restore it from its history, or look at what was changed and encrypt it anew',
  },
  128: {
    type: 'SopsKeyRefused',
    what: "cannot be decrypted with the worker's key. Give the worker the age identity that belongs to one of its recipients (sops.ageKeyFile)",
  },
};

/** The fields that say what SOPS encrypts. A file has at most one of them, and `mac_only_encrypted`. */
const RULES = [
  'encrypted_regex',
  'unencrypted_regex',
  'encrypted_suffix',
  'unencrypted_suffix',
  'encrypted_comment_regex',
  'unencrypted_comment_regex',
  'mac_only_encrypted',
] as const;
/** Master keys of other kinds than age. */
const OTHER_KEYS = ['kms', 'gcp_kms', 'azure_kv', 'hc_vault', 'pgp', 'key_groups'] as const;

export interface SopsOptions {
  /** The clone, in which SOPS finds the repository's `.sops.yaml`. */
  readonly directory: string;
  readonly ageKeyFile: string | undefined;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
}

/** Runs SOPS over pipes, so that no file holds plaintext. */
export class Sops {
  #rules = 0;

  constructor(private readonly options: SopsOptions) {}

  /** @throws RotationError `SopsKeyRefused`, `SopsMacMismatch`, `SopsFailed`. */
  async decrypt(path: string, encrypted: string): Promise<string> {
    const result = await this.#run(['decrypt', ...YAML, '--filename-override', path], encrypted);
    if (result.exitCode === 0) return result.stdout;
    throw failure('decrypt', path, result);
  }

  /**
   * Encrypts the whole file, for the same recipients and by the same rule as `like`, the earlier file.
   * @throws RotationError `SopsFailed` also when the result would be readable by others than before.
   */
  async encrypt(path: string, plaintext: string, like: string): Promise<string> {
    const before = describeEncryption(like, path);
    const config = before.ageOnly ? ['--config', this.#ruleLike(before)] : [];
    const result = await this.#run([...config, 'encrypt', ...YAML, '--filename-override', path], plaintext);
    if (result.exitCode !== 0) throw failure('encrypt', path, result);
    const after = describeEncryption(result.stdout, path);
    if (after.fingerprint !== before.fingerprint) {
      throw new RotationError(
        'SopsFailed',
        `${path} would be encrypted by another rule than it is now, since .sops.yaml has changed. Run "sops updatekeys ${path}", commit that, then rotate again.`,
      );
    }
    return result.stdout;
  }

  #ruleLike({ recipients, rule }: Encryption): string {
    this.#rules += 1;
    const content = { creation_rules: [{ age: recipients.join(','), ...rule }] };
    // JSON is valid YAML. The file holds only public recipients.
    return this.options.scratch.keep(`sops-rule-${this.#rules}.yaml`, JSON.stringify(content));
  }

  #run(args: readonly string[], input: string): Promise<Finished> {
    const { directory, ageKeyFile, signal } = this.options;
    const env: Record<string, string> = ageKeyFile === undefined ? {} : { SOPS_AGE_KEY_FILE: ageKeyFile };
    return run({ program: PROGRAM, args, cwd: directory, input, env, timeoutMs: TIMEOUT_MS, signal });
  }
}

/** Whether the text is a file that SOPS has encrypted. */
export function isEncrypted(text: string, path: string): boolean {
  return sopsBlock(text, path) !== undefined;
}

interface Encryption {
  readonly recipients: readonly string[];
  readonly rule: Readonly<Record<string, unknown>>;
  readonly ageOnly: boolean;
  readonly fingerprint: string;
}

function describeEncryption(text: string, path: string): Encryption {
  const block = sopsBlock(text, path) ?? {};
  const age = Array.isArray(block['age']) ? (block['age'] as readonly { readonly recipient?: unknown }[]) : [];
  const recipients = age.map(({ recipient }) => String(recipient)).sort();
  const rule = Object.fromEntries(RULES.flatMap((name) => (block[name] === undefined ? [] : [[name, block[name]]])));
  const others = OTHER_KEYS.filter((kind) => isFilled(block[kind]));
  return {
    recipients,
    rule,
    ageOnly: recipients.length > 0 && others.length === 0,
    fingerprint: JSON.stringify([recipients, rule, others.map((kind) => [kind, withoutKeys(block[kind])])]),
  };
}

function sopsBlock(text: string, path: string): Readonly<Record<string, unknown>> | undefined {
  for (const document of parseDocuments(text, path)) {
    const block: unknown = (document.toJS() as { readonly sops?: unknown } | null)?.sops;
    if (typeof block === 'object' && block !== null) return block as Readonly<Record<string, unknown>>;
  }
  return undefined;
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** A master key without the fields that differ at each encryption. */
function withoutKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      key === 'enc' || key === 'created_at' ? [] : [[key, withoutKeys(inner)]],
    ),
  );
}

/** Uses only SOPS' exit code: SOPS' messages may quote its input or what it has decrypted. */
export function failure(doing: 'encrypt' | 'decrypt', path: string, { exitCode, timedOut }: Finished): RotationError {
  const known = EXIT[exitCode];
  if (known !== undefined) return new RotationError(known.type, `${path} ${known.what}.`);
  const how = timedOut ? `without an end within ${TIMEOUT_MS / 1_000} s` : `exit code ${exitCode}`;
  return new RotationError(
    'SopsFailed',
    `SOPS could not ${doing} ${path} (${how}). What it printed is not told, since it may hold what is encrypted: run "sops ${doing} ${path}" yourself in a clone.`,
  );
}

import { readFileSync } from 'node:fs';
import { RotationError, type FailureType } from '../domain/failures.ts';
import { run, type Finished } from '../programs/run.ts';
import type { Scratch } from './scratch.ts';
import { isDotenv, requireKnownKeys } from './sops-metadata.ts';
import { copyTexts, documentText, parseDocuments, type Place } from './yaml-edit.ts';

const PROGRAM = 'sops';
const TIMEOUT_MS = 30_000;

const COULD_NOT_RETRIEVE_KEY = 128;

/** SOPS' words when it cannot encrypt a data key for a recipient; they have no exit code of their own. */
const LACKS_A_KEY = /could not generate data key/i;

/** SOPS' own exit codes. */
const EXIT: Readonly<Record<number, { readonly type: FailureType; readonly what: string }>> = {
  51: {
    type: 'SopsMacMismatch',
    what: 'was changed without SOPS: its MAC does not match. Restore it from its history, or look at what was changed and encrypt it anew',
  },
  [COULD_NOT_RETRIEVE_KEY]: {
    type: 'SopsKeyRefused',
    what: "cannot be decrypted with the worker's key. Give the worker the age identity that belongs to one of its recipients (sops.ageKeyFile)",
  },
};

export interface SopsOptions {
  /** The clone, in which SOPS finds the repository's `.sops.yaml`. */
  readonly directory: () => string;
  readonly ageKeyFile: string | undefined;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
}

/** A file that SOPS has encrypted, and its decrypted content. */
export interface EncryptedFile {
  readonly path: string;
  readonly encrypted: string;
  readonly plain: string;
}

/** A new text at a place of an encrypted file. */
export type SopsEdit = Place & { readonly value: string };

/** Runs SOPS. Plaintext goes over pipes, so no file holds any. */
export class Sops {
  #files = 0;

  constructor(private readonly options: SopsOptions) {}

  /** @throws RotationError `SopsKeyRefused`, `SopsMacMismatch`, `SopsFailed`. */
  async decrypt(path: string, encrypted: string): Promise<string> {
    const result = await this.#run(['decrypt', ...typesOf(path), '--filename-override', path], encrypted);
    if (result.exitCode === 0) return result.stdout;
    throw failure('decrypt', path, result);
  }

  /**
   * Encrypts by the rule that .sops.yaml has for the file, as a render does.
   * @returns undefined where it has no rule for the file.
   * @throws RotationError `SopsFailed` where a recipient's key is missing.
   */
  async encryptByRule(path: string, plain: string): Promise<string | undefined> {
    const result = await this.#run(['encrypt', ...typesOf(path), '--filename-override', path], plain);
    if (result.exitCode === 0) return result.stdout;
    if (LACKS_A_KEY.test(result.stderr)) throw keyAbsent(path);
    return undefined;
  }

  /**
   * Puts new texts into an encrypted file. The file keeps its data key, so whoever could read the file still can, and
   * no recipient's key is needed but one that decrypts. Every byte of the file stays, besides the texts, the MAC and
   * the time of the change: SOPS itself would write the whole file anew, with an indentation of its own.
   * @throws RotationError `SopsFailed`, `SopsKeyRefused`.
   */
  async change({ path, encrypted, plain }: EncryptedFile, edits: readonly SopsEdit[]): Promise<string> {
    requireKnownKeys(encrypted, path);
    if (isDotenv(path)) return this.#set(path, encrypted, edits);
    const first = edits.filter(({ document }) => document === 0);
    let text = encrypted;
    for (const document of new Set(edits.map((edit) => edit.document))) {
      if (document === 0) continue;
      // SOPS sets a value in the first document of a file only.
      const own = edits.filter((edit) => edit.document === document).map((edit) => ({ ...edit, document: 0 }));
      const alone = await this.#set(path, documentText(encrypted, path, document), own);
      text = copyTexts(
        text,
        path,
        alone,
        own.map(({ path: at }) => ({ from: 0, to: document, path: at })),
      );
    }
    const set = first.length > 0 ? first : [unchangedText(plain, path)];
    const whole = await this.#set(path, text, set);
    const count = parseDocuments(encrypted, path).length;
    return copyTexts(text, path, whole, [
      ...first.map(({ path: at }) => ({ from: 0, to: 0, path: at })),
      ...Array.from({ length: count }, (_, to) => to).flatMap((to) =>
        // The MAC is encrypted together with the time.
        ['mac', 'lastmodified'].map((field) => ({ from: 0, to, path: ['sops', field] })),
      ),
    ]);
  }

  /** The MAC is of the whole file. It is proven when the file is decrypted, before and after. */
  async #set(path: string, encrypted: string, edits: readonly SopsEdit[]): Promise<string> {
    this.#files += 1;
    const file = this.options.scratch.keep(`sops-${this.#files}`, encrypted);
    for (const edit of edits) {
      const index = edit.path.map((step) => `[${JSON.stringify(step)}]`).join('');
      const how = ['set', ...typesOf(path), '--ignore-mac', '--value-stdin', file, index];
      const result = await this.#run(how, JSON.stringify(edit.value));
      if (result.exitCode !== 0) throw failure('change', path, result);
    }
    return readFileSync(file, 'utf8');
  }

  #run(args: readonly string[], input: string): Promise<Finished> {
    const { directory, ageKeyFile, signal } = this.options;
    const env: Record<string, string> = ageKeyFile === undefined ? {} : { SOPS_AGE_KEY_FILE: ageKeyFile };
    return run({ program: PROGRAM, args, cwd: directory(), input, env, timeoutMs: TIMEOUT_MS, signal });
  }
}

function typesOf(path: string): readonly string[] {
  const type = isDotenv(path) ? 'dotenv' : path.endsWith('.json') ? 'json' : 'yaml';
  return ['--input-type', type, '--output-type', type];
}

/** A text of the first document, to be set to what it is: SOPS then writes the MAC of the whole file. */
function unchangedText(plain: string, path: string): SopsEdit {
  const [document] = parseDocuments(plain, path);
  const content: unknown = document?.toJS();
  const found = Object.entries(content ?? {}).find(([, value]) => typeof value === 'string' && value !== '');
  if (found !== undefined) return { document: 0, path: [found[0]], value: String(found[1]) };
  throw new RotationError(
    'SopsFailed',
    `The first document of ${path} has no text at its top, such as "kind", so SOPS cannot change the file. Put the Secret first, or into a file of its own.`,
  );
}

/** Uses only SOPS' exit code: SOPS' messages may quote its input or what it has decrypted. */
export function failure(
  doing: 'encrypt' | 'decrypt' | 'change',
  path: string,
  { exitCode, timedOut }: Finished,
): RotationError {
  const known = EXIT[exitCode];
  if (known !== undefined) return new RotationError(known.type, `${path} ${known.what}.`);
  const how = timedOut ? `without an end within ${TIMEOUT_MS / 1_000} s` : `exit code ${exitCode}`;
  const hint = doing === 'change' ? ' The worker needs SOPS 3.11 or later.' : '';
  const command = doing === 'change' ? 'decrypt' : doing;
  return new RotationError(
    'SopsFailed',
    `SOPS could not ${doing} ${path} (${how}).${hint} What it printed is not told, since it may hold what is encrypted: run "sops ${command} ${path}" yourself in a clone.`,
  );
}

function keyAbsent(path: string): RotationError {
  return new RotationError(
    'SopsFailed',
    `${path} cannot be encrypted for every recipient that .sops.yaml names for it: the worker lacks a PGP public key, or the right to use a key of a cloud or a Vault. Import the public keys into the worker's GnuPG home (GNUPGHOME), or give it that right.`,
  );
}

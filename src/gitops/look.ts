import { RotationError } from '../domain/failures.ts';
import type { Password } from '../domain/password.ts';
import { sameBytes, type SecretData } from '../domain/secrets/secret-data.ts';
import type { GitVariable } from '../domain/source.ts';
import { otherTarget, type Target } from '../domain/steps.ts';
import { readKeys, secretDocuments } from './secret-manifest.ts';
import { isEncrypted } from './sops.ts';
import { readVariable, variablesOf } from './variable.ts';
import type { Workspace } from './workspace.ts';

/** A Secret of the rotation: the keys that change, with both values. */
export interface StagedInGit {
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<Target, SecretData>>;
}

/** What the repository must hold. */
export interface Wanted {
  readonly secrets: readonly StagedInGit[];
  readonly passwords: Readonly<Record<Target, Password>>;
  /** Who logs in on each side; in place, both sides have the same user. */
  readonly usernames: Readonly<Record<Target, string>>;
}

/** A file of the work tree, encrypted and decrypted. */
export interface OpenFile {
  readonly path: string;
  readonly encrypted: string;
  readonly plain: string;
}

export interface FoundSecret {
  readonly secret: StagedInGit;
  readonly file: OpenFile;
  readonly document: number;
}

export interface FoundVariable {
  readonly variable: GitVariable;
  /** Whether the repository tracks the file, encrypted. Otherwise the file is only on the worker. */
  readonly tracked: boolean;
  readonly content: string;
  readonly plain: string;
}

/** The component's password wherever the work tree has it. */
export interface Found {
  readonly secrets: readonly FoundSecret[];
  readonly variable: FoundVariable | undefined;
}

/**
 * Finds and decrypts what must change.
 * @throws RotationError `SecretNotInGit`, `SecretInPlaintext`, `SopsKeyRefused`, `SopsMacMismatch`.
 */
export async function look(workspace: Workspace, wanted: Pick<Wanted, 'secrets'>): Promise<Found> {
  const { repository, source, sops } = workspace;
  const open = new Map<string, OpenFile>();
  const openFile = async (path: string, encrypted: string): Promise<OpenFile> => {
    const file = open.get(path) ?? { path, encrypted, plain: await sops.decrypt(path, encrypted) };
    open.set(path, file);
    return file;
  };
  const candidates = (await repository.tracked(source.manifests)).filter((path) => isManifest(path, source.manifests));
  const texts = candidates.map((path) => ({ path, text: repository.read(path) ?? '' }));
  const secrets: FoundSecret[] = [];
  for (const secret of wanted.secrets) {
    const { path, text, document } = onlyOne(secret, texts, source.manifests);
    secrets.push({ secret, document, file: await openFile(path, text) });
  }
  return { secrets, variable: await findVariable(workspace) };
}

/** Finds the side of the values. @throws RotationError `GitDisagrees` for a value that is on neither side. */
export function judgeFound({ secrets, variable }: Found, wanted: Wanted, target: Target): 'target' | 'other' {
  const other = otherTarget(target);
  let all: 'target' | 'other' = 'target';
  for (const { secret, file, document } of secrets) {
    const keys = Object.keys(secret.data[target]);
    const values = readKeys(file.plain, file.path, document, keys);
    for (const key of keys) {
      if (sameBytes(values[key], secret.data[target][key])) continue;
      if (!sameBytes(values[key], secret.data[other][key]))
        throw disagrees(`"${key}" of Secret ${secret.name}`, file.path);
      all = 'other';
    }
  }
  if (variable === undefined) return all;
  const others = variableValues(variable.variable, wanted, other);
  for (const [index, one] of variableValues(variable.variable, wanted, target).entries()) {
    const value = readVariable(variable.plain, one.variable).trim();
    if (value === one.value) continue;
    if (value !== others[index]?.value) throw disagrees(`"${one.variable.key}"`, one.variable.file);
    all = 'other';
  }
  return all;
}

/** The value that each variable of the file must have. */
export function variableValues(
  variable: GitVariable,
  { passwords, usernames }: Pick<Wanted, 'passwords' | 'usernames'>,
  side: Target,
): readonly { readonly variable: GitVariable; readonly value: string }[] {
  const { password, username } = variablesOf(variable);
  return [
    { variable: password, value: passwords[side].reveal() },
    ...(username === undefined ? [] : [{ variable: username, value: usernames[side] }]),
  ];
}

function disagrees(what: string, path: string): RotationError {
  return new RotationError(
    'GitDisagrees',
    `${what} in ${path} is not what the cluster holds: somebody changed one of the two, or the value is put together only in the cluster (Flux's postBuild). Bring them together, then rotate again.`,
  );
}

async function findVariable({ repository, source, sops }: Workspace): Promise<FoundVariable | undefined> {
  const { variable, localFiles } = source;
  if (variable === undefined) return undefined;
  const { file } = variable;
  const content = repository.read(file);
  if (content === undefined) {
    throw new RotationError(
      'SecretNotInGit',
      `${file}, which holds the variable "${variable.key}", is not in the repository. If the repository ignores it, name in localFiles where the worker has it; if the worker cannot have it, leave "variable" out and rotate the manifests.`,
    );
  }
  const tracked = (await repository.tracked([file])).length > 0;
  const encrypted = isEncrypted(content, file);
  if (tracked && !encrypted) throw inPlaintext(file);
  if (tracked && file in localFiles) {
    throw new RotationError('InvalidConfiguration', `${file} is in the repository, so it cannot be one of localFiles.`);
  }
  return { variable, tracked, content, plain: encrypted ? await sops.decrypt(file, content) : content };
}

function isManifest(path: string, named: readonly string[]): boolean {
  return named.length > 0 ? /\.ya?ml$/.test(path) : /\.sops\.ya?ml$/.test(path);
}

interface Text {
  readonly path: string;
  readonly text: string;
}

function onlyOne(
  { namespace, name }: StagedInGit,
  texts: readonly Text[],
  manifests: readonly string[],
): Text & { readonly document: number } {
  const where = manifests.length > 0 ? manifests.join(', ') : 'any *.sops.yaml';
  const found = texts.flatMap(({ path, text }) =>
    // A file that does not name the Secret is not parsed, which saves time.
    text.includes(name)
      ? secretDocuments(text, path)
          .filter((document) => document.name === name && (document.namespace ?? namespace) === namespace)
          .map(({ document, encrypted }) => ({ path, text, document, encrypted }))
      : [],
  );
  const [first, second] = found;
  if (first === undefined) {
    throw new RotationError(
      'SecretNotInGit',
      `No manifest of Secret ${namespace}/${name} is in the repository (looked in ${where}). Name its file in "manifests" of the catalogue, or put it there, encrypted by SOPS.`,
    );
  }
  if (second !== undefined) {
    throw new RotationError(
      'SecretNotInGit',
      `Secret ${namespace}/${name} stands in ${first.path} and in ${second.path}. Name the right one in "manifests" of the catalogue.`,
    );
  }
  if (!first.encrypted) throw inPlaintext(first.path);
  return first;
}

function inPlaintext(path: string): RotationError {
  return new RotationError(
    'SecretInPlaintext',
    `${path} has the password in plaintext in the repository. Encrypt it with SOPS, and count the password as known to everybody who can read the repository.`,
  );
}

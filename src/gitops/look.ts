import { hostname } from 'node:os';
import { RotationError } from '../domain/failures.ts';
import type { Password } from '../domain/password.ts';
import { sameBytes, type SecretData } from '../domain/secrets/secret-data.ts';
import type { GitVariable, LocalFile } from '../domain/source.ts';
import { otherTarget, type Target } from '../domain/steps.ts';
import { hasVariables, substitute, type FluxVariables } from '../domain/proofs/flux-substitution.ts';
import { describeLocalFile } from './local-files.ts';
import { readKeys, secretDocuments, type SecretDocument } from './secret-manifest.ts';
import { isEncrypted } from './sops-metadata.ts';
import { readVariable, variablesOf } from './variable.ts';
import type { Workspace } from './workspace.ts';

/** A Secret of the rotation: the keys that change, with both values. */
export interface StagedInGit {
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<Target, SecretData>>;
  /** What Flux replaces in its manifest. Asked only where a name has variables. */
  readonly variables?: (() => Promise<FluxVariables>) | undefined;
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

export interface FoundSecret extends Pick<SecretDocument, 'document' | 'at'> {
  readonly secret: StagedInGit;
  readonly file: OpenFile;
}

export interface FoundVariable {
  readonly variable: GitVariable;
  /** Whether the repository tracks the file, encrypted. Otherwise the file is only on the worker. */
  readonly tracked: boolean;
  /** Where the file is, if the repository does not have it. */
  readonly local: LocalFile | undefined;
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
    const { path, text, document, at } = await onlyOne(secret, texts, source.manifests);
    secrets.push({ secret, document, at, file: await openFile(path, text) });
  }
  return { secrets, variable: await findVariable(workspace) };
}

/** Finds the side of the values. @throws RotationError `GitDisagrees` for a value that is on neither side. */
export function judgeFound({ secrets, variable }: Found, wanted: Wanted, target: Target): 'target' | 'other' {
  const other = otherTarget(target);
  let all: 'target' | 'other' = 'target';
  for (const { secret, file, ...where } of secrets) {
    const keys = Object.keys(secret.data[target]);
    const values = readKeys(file.plain, file.path, where, keys);
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
    if (value !== others[index]?.value) throw otherVariable(one.variable, variable);
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

/** Each worker may have a copy of a file that the repository ignores. */
function otherVariable({ key, file }: GitVariable, { local }: FoundVariable): RotationError {
  if (local === undefined) return disagrees(`"${key}"`, file);
  const where = describeLocalFile(local);
  if (typeof local !== 'string') return disagrees(`"${key}"`, where);
  return new RotationError(
    'GitDisagrees',
    `"${key}" in ${file} is not what the cluster holds. The file is this worker's copy, ${where} on ${hostname()}: another worker may have rotated since, or a person, and no other copy follows. Bring the copy up to date. With several workers keep one file for all in a Secret: localFiles: {"${file}": {secret: namespace/name}}.`,
  );
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
  return {
    variable,
    tracked,
    local: localFiles[file],
    content,
    plain: encrypted ? await sops.decrypt(file, content) : content,
  };
}

function isManifest(path: string, named: readonly string[]): boolean {
  return named.length > 0 ? /\.ya?ml$/.test(path) : /\.sops\.ya?ml$/.test(path);
}

interface Text {
  readonly path: string;
  readonly text: string;
}

type Candidate = Text & SecretDocument;

async function onlyOne(secret: StagedInGit, texts: readonly Text[], manifests: readonly string[]): Promise<Candidate> {
  const { namespace, name } = secret;
  const all = texts.flatMap(({ path, text }) =>
    // A file that cannot name the Secret is not parsed, which saves time.
    text.includes(name) || hasVariables(text)
      ? secretDocuments(text, path).map((document) => ({ path, text, ...document }))
      : [],
  );
  const literal = all.filter((one) => isCalled(one, secret));
  const { found, perhaps } = literal.length > 0 ? { found: literal, perhaps: [] } : await bySubstitution(secret, all);
  // A file that the catalogue names, and that can be no other Secret's, needs no proof of its variables.
  const chosen = found.length === 0 && manifests.length > 0 && perhaps.length === 1 ? perhaps : found;
  const [first, second] = chosen;
  if (first === undefined) throw perhaps.length > 0 ? unresolved(secret, perhaps) : notThere(secret, manifests);
  if (second !== undefined) {
    throw new RotationError(
      'SecretNotInGit',
      `Secret ${namespace}/${name} stands in ${first.path} and in ${second.path}. Name the right one in "manifests" of the catalogue.`,
    );
  }
  if (!first.encrypted) throw inPlaintext(first.path);
  return first;
}

function isCalled(one: SecretDocument, { namespace, name }: StagedInGit): boolean {
  return one.name === name && (one.namespace ?? namespace) === namespace;
}

/** A manifest whose name has variables that are not all known. */
type Perhaps = Candidate & { readonly unknown: readonly string[]; readonly unread: readonly string[] };

/** The manifests that Flux makes the Secret of, and those that could be it. */
async function bySubstitution(
  secret: StagedInGit,
  all: readonly Candidate[],
): Promise<{ readonly found: readonly Candidate[]; readonly perhaps: readonly Perhaps[] }> {
  const templates = all.filter((one) => !one.literal && hasVariables(`${one.name}${one.namespace ?? ''}`));
  const variables = templates.length === 0 ? undefined : await secret.variables?.();
  if (variables === undefined) return { found: [], perhaps: [] };
  const found: Candidate[] = [];
  const perhaps: Perhaps[] = [];
  for (const one of templates) {
    const [name, namespace] = [one.name, one.namespace ?? secret.namespace].map((text) => substitute(text, variables));
    if (name === undefined || namespace === undefined) continue;
    const parts = [name, namespace] as const;
    const fits = parts.every((part, index) => {
      const wanted = index === 0 ? secret.name : secret.namespace;
      return part.kind === 'text' ? part.text === wanted : part.pattern.test(wanted);
    });
    const unknown = parts.flatMap((part) => (part.kind === 'unknown' ? part.variables : []));
    if (!fits) continue;
    if (unknown.length === 0) found.push(one);
    else perhaps.push({ ...one, unknown, unread: variables.unread });
  }
  return { found, perhaps };
}

function unresolved({ namespace, name }: StagedInGit, perhaps: readonly Perhaps[]): RotationError {
  const [first] = perhaps;
  const { unknown = [], unread = [] } = first ?? {};
  const places = perhaps.map(({ path, name: template }) => `${path} ("${template}")`).join(', ');
  const why =
    unread.length > 0
      ? `which may come of ${unread.join(' and ')}, and the worker may not read ${unread.length === 1 ? 'it' : 'them'}`
      : 'which the Kustomization of the Secret does not give, or by an operator that is not understood here';
  const right = unread.length > 0 ? `Let the worker read ${unread.join(' and ')} (get), or name` : 'Name';
  return new RotationError(
    'SecretNotInGit',
    `The manifest of Secret ${namespace}/${name} may be in ${places}, whose name Flux makes of ${unknown.map((one) => `\${${one}}`).join(', ')}, ${why}. ${right} the Secret's own file in "manifests" of the catalogue.`,
  );
}

function notThere({ namespace, name }: StagedInGit, manifests: readonly string[]): RotationError {
  const where = manifests.length > 0 ? manifests.join(', ') : 'any *.sops.yaml';
  return new RotationError(
    'SecretNotInGit',
    `No manifest of Secret ${namespace}/${name} is in the repository (looked in ${where}). Name its file in "manifests" of the catalogue, or put it there, encrypted by SOPS.`,
  );
}

function inPlaintext(path: string): RotationError {
  return new RotationError(
    'SecretInPlaintext',
    `${path} has the password in plaintext in the repository. Encrypt it with SOPS, and count the password as known to everybody who can read the repository.`,
  );
}

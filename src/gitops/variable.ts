import { RotationError } from '../domain/failures.ts';
import { parseAssignments } from '../domain/secrets/documents/assignments.ts';
import type { DocumentValue } from '../domain/secrets/documents/document.ts';
import { parseToml } from '../domain/secrets/documents/toml.ts';
import { rootSource, type Source } from '../domain/secrets/source.ts';
import type { GitVariable } from '../domain/source.ts';
import { isDotenv } from './sops-metadata.ts';
import { parseDocuments, replaceTexts, textAt, type Place } from './yaml-edit.ts';

/** The variable's value in its file, decrypted. @throws RotationError `SecretNotInGit` when it is not there. */
export function readVariable(text: string, variable: GitVariable): string {
  if (!isYaml(variable.file)) return sourceOf(text, variable).text;
  return textAt(parseDocuments(text, variable.file), placeOf(text, variable)) ?? '';
}

/** The file with another value. Every other byte stays as it is. */
export function writeVariable(text: string, variable: GitVariable, value: string): string {
  if (isYaml(variable.file)) return replaceTexts(text, variable.file, [{ ...placeOf(text, variable), value }]);
  const source = sourceOf(text, variable);
  const edit = source.edit(0, source.text.length, value);
  if (edit !== undefined) return text.slice(0, edit.start) + edit.source + text.slice(edit.end);
  throw new RotationError(
    'SecretNotInGit',
    `"${variable.key}" stands in ${variable.file} in a form that is not rewritten. Write it as a text in double quotes on one line.`,
  );
}

/** The file's variables that a rotation changes: the password's, and the user name's where there is one. */
export function variablesOf({ usernameKey, ...password }: GitVariable): {
  readonly password: GitVariable;
  readonly username?: GitVariable;
} {
  if (usernameKey === undefined) return { password };
  return { password, username: { ...password, key: usernameKey } };
}

/** Where the variable stands in a file that SOPS can encrypt. */
export function placeOf(text: string, variable: GitVariable): Place {
  if (!isYaml(variable.file)) {
    sourceOf(text, variable);
    return { document: 0, path: [variable.key] };
  }
  const documents = parseDocuments(text, variable.file);
  const candidates = [[variable.key], variable.key.split('.')];
  for (const path of candidates) {
    const document = documents.findIndex((_, index) => textAt(documents, { document: index, path }) !== undefined);
    if (document !== -1) return { document, path };
  }
  throw absent(variable);
}

/** JSON is YAML, and a file without a known ending is taken for YAML. */
function isYaml(file: string): boolean {
  return !file.endsWith('.toml') && !isDotenv(file);
}

/** TOML and dotenv. */
function sourceOf(text: string, variable: GitVariable): Source {
  const { file, key } = variable;
  const root = rootSource(text);
  const content = file.endsWith('.toml') ? parseToml(root) : parseAssignments(root, 'env');
  if (content === undefined)
    throw new RotationError('SecretNotInGit', `${file} is not valid TOML, so no value in it can be changed.`);
  const found = textBelow(content, key);
  if (found !== undefined) return found;
  throw absent(variable);
}

/** Dots step into tables where no name has the whole key. */
function textBelow(value: DocumentValue, key: string): Source | undefined {
  if (value.kind !== 'map') return undefined;
  for (const { name, value: inner } of value.entries) {
    if (name === key && inner.kind === 'text' && inner.unclear === undefined) return inner.source;
    const below = key.startsWith(`${name}.`) ? textBelow(inner, key.slice(name.length + 1)) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

function absent({ file, key }: GitVariable): RotationError {
  const form = /\.(ya?ml|json|toml|env)$/.test(file)
    ? ''
    : ' Variables are read in YAML, JSON, TOML (*.toml) and dotenv (*.env), and this file was read as YAML.';
  return new RotationError(
    'SecretNotInGit',
    `${file} has no text "${key}".${form} Correct "variable" in the catalogue.`,
  );
}

import type { GitVariable } from '../domain/source.ts';
import { RotationError } from '../domain/failures.ts';
import { parseDocuments, replaceTexts, textAt, type Place } from './yaml-edit.ts';

/** The variable's value in its file, decrypted. @throws RotationError `SecretNotInGit` when it is not there. */
export function readVariable(text: string, variable: GitVariable): string {
  const value = textAt(parseDocuments(text, variable.file), placeOf(text, variable));
  if (value !== undefined) return value;
  throw absent(variable);
}

export function writeVariable(text: string, variable: GitVariable, value: string): string {
  return replaceTexts(text, variable.file, [{ ...placeOf(text, variable), value }]);
}

/** The file's variables that a rotation changes: the password's, and the user name's where there is one. */
export function variablesOf({ usernameKey, ...password }: GitVariable): {
  readonly password: GitVariable;
  readonly username?: GitVariable;
} {
  if (usernameKey === undefined) return { password };
  return { password, username: { ...password, key: usernameKey } };
}

export function placeOf(text: string, variable: GitVariable): Place {
  const documents = parseDocuments(text, variable.file);
  const candidates = [[variable.key], variable.key.split('.')];
  for (const path of candidates) {
    const document = documents.findIndex((_, index) => textAt(documents, { document: index, path }) !== undefined);
    if (document !== -1) return { document, path };
  }
  throw absent(variable);
}

function absent({ file, key }: GitVariable): RotationError {
  return new RotationError('SecretNotInGit', `${file} has no text "${key}". Correct "variable" in the catalogue.`);
}

import { existsSync, readFileSync } from 'node:fs';
import { inAnyForm } from '../domain/text/encodings.ts';
import { lastWords } from './run.ts';

/** Files with the credentials for the repository's server. Each file is set only where it is needed. */
export interface GitAccess {
  readonly usernameFile?: string;
  readonly passwordFile?: string;
  readonly identityFile?: string;
  readonly knownHostsFile?: string;
  readonly caFile?: string;
}

/** Shorter user names in addresses and paths are no tokens. */
const SHORTEST_TOKEN = 12;

/**
 * The last words of a child, or `undefined` where its output shows any input of the child in any form: a password, a
 * token, a line of a key. The search covers the whole output, since the cut may leave a part of a secret.
 */
export function quotable(output: string, given: readonly string[]): string | undefined {
  const forms = given.filter((text) => text !== '').map(inAnyForm);
  if (forms.length > 0 && new RegExp(forms.join('|')).test(output)) return undefined;
  return lastWords(output);
}

/** The credentials that Git gets. */
export function givenToGit(repository: string, access: GitAccess): readonly string[] {
  const username = contentOf(access.usernameFile).filter(isToken);
  const password = contentOf(access.passwordFile);
  const inAddress = userinfoOf(repository).filter((part, index) => index > 0 || isToken(part));
  return [...username, ...password, ...inAddress, ...contentOf(access.identityFile).filter(isToken)];
}

/** A repository's address for messages, without the user's name: it may be a token. */
export function describeRepository(repository: string): string {
  return repository.replace(/^(https?:\/\/)[^/@\s]*@/i, '$1');
}

function userinfoOf(repository: string): readonly string[] {
  const userinfo = /^[a-z+]+:\/\/([^/@\s]*)@/i.exec(repository)?.[1];
  return userinfo === undefined ? [] : userinfo.split(':');
}

function isToken(text: string): boolean {
  return text.length >= SHORTEST_TOKEN;
}

/** The lines of a file that are not empty. */
function contentOf(file: string | undefined): readonly string[] {
  if (file === undefined || !existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('-----'));
}

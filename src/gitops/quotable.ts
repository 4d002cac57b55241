import { existsSync, readFileSync } from 'node:fs';
import { inAnyForm } from '../domain/text/encodings.ts';
import { lastWords, secretsOfEnvironment, userinfoOf } from '../programs/run.ts';

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

/** A shorter value of the environment, such as a proxy's user "me", stands in any text. */
const SHORTEST_OF_ENVIRONMENT = 6;

/** A program that shortens what it prints may show a part of a secret. So many characters of one are too many. */
const LONGEST_PART = 8;

/**
 * The last words of a child, or `undefined` where its output shows any input of the child, or a part of one: a password,
 * a token, a line of a key. The forms are those that programs make of a text by themselves: as it is, in the quotes and
 * escapes of shells, YAML, JSON and HTML, percent-encoded, in hexadecimal, and in base64 wherever the text stands in it,
 * broken into lines or not. A program that hides a text on purpose could use any form, and no such program runs here.
 * The search covers the whole output, since the cut may leave a part of a secret.
 */
export function quotable(output: string, given: readonly string[]): string | undefined {
  const texts = given.filter((text) => text !== '');
  if (texts.length === 0) return lastWords(output);
  const forms = new RegExp(texts.map(inAnyForm).join('|'));
  const bareOutput = bare(output);
  const isShown =
    forms.test(output) ||
    forms.test(output.replace(/\s+/g, '')) ||
    texts.flatMap(parts).some((part) => bareOutput.includes(part));
  return isShown ? undefined : lastWords(output);
}

/** Every part of a text that is too long to be shown. */
function parts(text: string): readonly string[] {
  const whole = bare(text);
  const count = Math.max(1, whole.length - LONGEST_PART + 1);
  return Array.from({ length: count }, (_, start) => whole.slice(start, start + LONGEST_PART)).filter(
    (part) => part !== '',
  );
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** A text without white space, quotes and escapes, so that every way to quote it looks the same. */
function bare(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/[\s\\'"]/g, '');
}

/** The credentials that Git gets. */
export function givenToGit(repository: string, access: GitAccess): readonly string[] {
  const username = contentOf(access.usernameFile).filter(isToken);
  const password = contentOf(access.passwordFile);
  const inAddress = userinfoOf(repository).filter(isToken);
  const environment = secretsOfEnvironment().filter((text) => text.length >= SHORTEST_OF_ENVIRONMENT);
  return [...username, ...password, ...inAddress, ...contentOf(access.identityFile).filter(isToken), ...environment];
}

/** A repository's address for messages, without the user's name: it may be a token. */
export function describeRepository(repository: string): string {
  return repository.replace(/^(https?:\/\/)[^/@\s]*@/i, '$1');
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

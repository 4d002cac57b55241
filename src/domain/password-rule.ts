/** How a new password is made. */
export interface PasswordRule {
  /** How many characters it has. */
  readonly length: number;
  /** The characters that it may have, each once. */
  readonly alphabet: string;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 40 characters of 64: more than 239 bits. */
export const DEFAULT_PASSWORD_RULE: PasswordRule = { length: 40, alphabet: `${LETTERS}0123456789-_` };

/** The documented procedure has at least 24 characters. psql and pools of old versions cut what is longer than 99. */
const SHORTEST = 24;
const LONGEST = 99;

/** As many bits as the keys of AES-128. */
const FEWEST_BITS = 128;

/**
 * Characters that RFC 3986 leaves as they are in a URI, that no shell and no .pgpass reads as a sign, and of which Flux
 * substitutes none. `~` is not among them: a shell expands it at the beginning of a value.
 */
const ALLOWED = /^[A-Za-z0-9._-]*$/;

/** The characters with which a password may begin: no document reads a text that begins so as a number or as an item. */
export function lettersOf(alphabet: string): string {
  return alphabet.replace(/[^A-Za-z]/g, '');
}

/** How many bits of chance a password of the rule has. */
export function bitsOf({ length, alphabet }: PasswordRule): number {
  return Math.log2(lettersOf(alphabet).length) + (length - 1) * Math.log2(alphabet.length);
}

/** Why no password is made by the rule; undefined where one may be. */
export function passwordRuleProblem(rule: PasswordRule): string | undefined {
  const { length, alphabet } = rule;
  if (!ALLOWED.test(alphabet))
    return 'the alphabet may have letters, digits, ".", "_" and "-" only, which need no encoding in a URI';
  if (new Set(alphabet).size < alphabet.length)
    return 'the alphabet has a character twice, which would come more often';
  if (lettersOf(alphabet) === '') return 'the alphabet has no letter, and a password begins with one';
  if (!Number.isInteger(length) || length < SHORTEST || length > LONGEST)
    return `the length must be from ${SHORTEST} to ${LONGEST} characters`;
  const bits = bitsOf(rule);
  if (bits >= FEWEST_BITS) return undefined;
  return `such a password has ${Math.floor(bits)} bits of chance, and must have ${FEWEST_BITS}: make it longer, or the alphabet larger`;
}

import { randomInt } from 'node:crypto';
import { RotationError } from '../../domain/failures.ts';
import {
  DEFAULT_PASSWORD_RULE,
  lettersOf,
  passwordRuleProblem,
  type PasswordRule,
} from '../../domain/password-rule.ts';
import { Password } from '../../domain/password.ts';

/**
 * A new password from the operating system's generator. Each character of the alphabet is as likely as any other:
 * `randomInt` draws again where a remainder would favour some. The first character is a letter so that no document reads
 * an unquoted password as a number or as an item of a list.
 * @throws RotationError `InvalidConfiguration` for a rule that the catalogue would not take.
 */
export function generatePassword(rule: PasswordRule = DEFAULT_PASSWORD_RULE): Password {
  const problem = passwordRuleProblem(rule);
  if (problem !== undefined)
    throw new RotationError('InvalidConfiguration', `No password is made by the rule of the catalogue: ${problem}.`);
  const { length, alphabet } = rule;
  const rest = Array.from({ length: length - 1 }, () => oneOf(alphabet));
  return Password.of([oneOf(lettersOf(alphabet)), ...rest].join(''));
}

function oneOf(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

import { z } from 'zod';
import { DEFAULT_PASSWORD_RULE, passwordRuleProblem, type PasswordRule } from '../domain/password-rule.ts';

/** `{length: 64, alphabet: 0123456789abcdef}`: of a component, or of the whole catalogue. A component's field wins. */
export const passwordSettings = z.strictObject({ length: z.int().optional(), alphabet: z.string().min(1).optional() });
export type PasswordSettings = z.output<typeof passwordSettings>;

/** @returns the rule with every default, why it cannot be one, or undefined where nothing is set. */
export function toPasswordRule(
  own: PasswordSettings = {},
  shared: PasswordSettings = {},
): PasswordRule | string | undefined {
  const settings = { ...shared, ...own };
  if (Object.keys(settings).length === 0) return undefined;
  const rule = { ...DEFAULT_PASSWORD_RULE, ...settings };
  return passwordRuleProblem(rule) ?? rule;
}

import { z } from 'zod';

/*
 * `spec.password` of a DatabaseRole, which comes with CNPG 1.31. This file and `generated-password.ts` are written after
 * the documentation of 1.31 and the sources of its development, and 1.31 itself was never run here. So the embedded
 * sandbox has the stanza whatever version it behaves as.
 */

export const PASSWORD_MODES = ['generate', 'secret', 'external', 'setNull'] as const;

export const passwordSchema = z.object({
  mode: z.enum(PASSWORD_MODES),
  secret: z.string().optional(),
  /** Go's notation, such as `2160h`. */
  duration: z.string().optional(),
  renewBefore: z.string().optional(),
  criteria: z
    .object({ length: z.number().default(24), digits: z.number().optional(), symbols: z.number().default(0) })
    .optional(),
});

export const passwordStateSchema = z.object({
  secretName: z.string().optional(),
  issuedAt: z.string().optional(),
  expiration: z.string().optional(),
  appliedExpiration: z.string().optional(),
  message: z.string().optional(),
});

export type PasswordConfiguration = z.output<typeof passwordSchema>;
export type PasswordState = z.output<typeof passwordStateSchema>;

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** A duration in milliseconds; `undefined` where the text is none. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(h|ms|m|s)/g)].reduce(
    (sum, [, n, unit = '']) => sum + Number(n) * (UNITS[unit] ?? 0),
    0,
  );
}

/** The operator's own default of `renewBefore`: 7 days, and at most half of the lifetime. */
const RENEW_BEFORE_MS = 7 * 24 * 3_600_000;

export function renewBeforeMs({ duration = '', renewBefore }: PasswordConfiguration): number {
  const given = renewBefore === undefined ? undefined : durationMs(renewBefore);
  return given ?? Math.min(RENEW_BEFORE_MS, (durationMs(duration) ?? 0) / 2);
}

/** The rules of the CustomResourceDefinition. @returns what is wrong with the stanza, if anything is. */
export function passwordProblem(spec: Readonly<Record<string, unknown>>, old: unknown): string | undefined {
  const { password, passwordSecret, disablePassword, validUntil } = spec;
  if (password === undefined) return old === undefined ? undefined : 'password cannot be removed once set';
  if (passwordSecret !== undefined) return 'password and passwordSecret are mutually exclusive';
  if (disablePassword === true) return 'password and disablePassword are mutually exclusive';
  const parsed = passwordSchema.safeParse(password);
  if (!parsed.success) return `password.mode: supported values: ${PASSWORD_MODES.join(', ')}`;
  const { mode, secret, duration, renewBefore, criteria } = parsed.data;
  if (mode === 'secret' && secret === undefined) return 'secret is required when mode is secret';
  if (mode !== 'secret' && mode !== 'generate' && secret !== undefined)
    return 'secret is only meaningful when mode is generate or secret';
  if (mode !== 'generate' && (criteria ?? duration ?? renewBefore) !== undefined)
    return 'criteria, duration and renewBefore are only meaningful when mode is generate';
  if (duration !== undefined && (durationMs(duration) ?? 0) < 60_000) return 'duration must be at least 1m';
  if (renewBefore !== undefined && (durationMs(renewBefore) ?? 0) * 2 > (durationMs(duration ?? '0s') ?? 0))
    return 'renewBefore requires duration, and must be at most half of it';
  if (duration !== undefined && validUntil !== undefined) return 'validUntil cannot be set together with duration';
  return undefined;
}

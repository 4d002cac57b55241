import { z } from 'zod';
import { BUDGET_SECONDS, MAX_HOOK_SECONDS } from '../domain/budgets.ts';
import { hookLabel, type Hook, type HookRef } from '../domain/hook.ts';

/** Plain HTTP shows the token and the answer to the network, so it is for a container of the worker's own pod alone. */
const url = z
  .string()
  .refine(
    (text) => /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])/.test(text) && URL.canParse(text),
    'must be an address that begins with https://, or with http://localhost',
  )
  .refine(
    (text) => !URL.canParse(text) || new URL(text).username + new URL(text).password === '',
    'must not hold a user name or a password: use "tokenFile"',
  );

export interface SiteHook {
  readonly hook: Hook;
  readonly seconds: number;
}

/** `{command: [/opt/backup-exists, etcd]}` or `{url: https://…, tokenFile: /…}`, each with `seconds`. */
export const hookSchema = z
  .strictObject({
    command: z.array(z.string().min(1)).min(1).optional(),
    url: url.optional(),
    tokenFile: z.string().startsWith('/', 'must be an absolute path on the worker').optional(),
    seconds: z.int().min(1).max(MAX_HOOK_SECONDS).default(BUDGET_SECONDS.hook),
  })
  .transform(({ command, url: address, tokenFile, seconds }, context): SiteHook => {
    if (command !== undefined && address === undefined && tokenFile === undefined)
      return { hook: { kind: 'command', argv: command }, seconds };
    if (command === undefined && address !== undefined)
      return { hook: { kind: 'webhook', url: address, ...(tokenFile !== undefined && { tokenFile }) }, seconds };
    context.addIssue({ code: 'custom', message: 'must have either "command", or "url" and perhaps "tokenFile"' });
    return z.NEVER;
  });

/** The part that a workflow may know. */
export function toHookRef({ hook, seconds }: SiteHook): HookRef {
  return { label: hookLabel(hook), seconds };
}

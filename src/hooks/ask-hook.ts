import type { Hook, HookAnswer, HookQuestion } from '../domain/hook.ts';
import { askCommand } from './command.ts';
import type { HookLimits } from './limits.ts';
import { askWebhook } from './webhook.ts';

/** Asks once. @throws the signal's reason when it was aborted; a program has ended by then. */
export function askHook(hook: Hook, question: HookQuestion, limits: HookLimits): Promise<HookAnswer> {
  return hook.kind === 'command' ? askCommand(hook, question, limits) : askWebhook(hook, question, limits);
}

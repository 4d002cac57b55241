import { readFileSync } from 'node:fs';
import { firstLine, type HookAnswer, type HookQuestion, type WebhookHook } from '../domain/hook.ts';
import { Password } from '../domain/password.ts';
import { redact } from '../domain/text/redact.ts';
import { KEPT_BYTES, type HookLimits } from './limits.ts';

const UNANSWERED = 'unanswered';

/**
 * Posts the question as JSON. A status from 200 to 299 allows, and any other one refuses, a redirect too. The first line
 * of the body is the reason of a refusal. The rest of an answer is not read.
 */
export async function askWebhook(
  { url, tokenFile }: WebhookHook,
  question: HookQuestion,
  { timeoutMs, signal }: HookLimits,
): Promise<HookAnswer> {
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  if (token === 'unreadable')
    return { kind: UNANSWERED, because: `the worker could not read the token in ${tokenFile ?? ''}`, again: false };
  const inTime = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token.reveal()}` }),
      },
      body: JSON.stringify(question),
      signal: AbortSignal.any([signal, inTime]),
    });
    if (response.ok) {
      await response.body?.cancel();
      return { kind: 'allowed' };
    }
    const said = redact(await beginningOf(response), token === undefined ? [] : [token]);
    return { kind: 'refused', how: `it answered ${response.status}`, reason: firstLine(said) };
  } catch (error) {
    signal.throwIfAborted();
    if (inTime.aborted) return { kind: UNANSWERED, because: 'it did not answer in time', again: false };
    return { kind: UNANSWERED, because: `it could not be reached (${codeOf(error)})`, again: true };
  }
}

function readToken(file: string): Password | 'unreadable' {
  try {
    return Password.of(readFileSync(file, 'utf8').trim());
  } catch {
    return 'unreadable';
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  let kept = Buffer.alloc(0);
  // A loop that ends early cancels the rest of the body.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    kept = Buffer.concat([kept, chunk]);
    if (kept.length >= KEPT_BYTES) break;
  }
  return kept.subarray(0, KEPT_BYTES).toString('utf8');
}

/** `ECONNREFUSED`: a library's own message might quote the address. */
function codeOf(error: unknown): string {
  const code = fieldOf(fieldOf(error, 'cause'), 'code');
  return typeof code === 'string' ? code : 'no code';
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

import { Context, log } from '@temporalio/activity';
import { HOOK_AGAIN_MS } from '../../domain/budgets.ts';
import { secretAt, secretObject } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { shownReason, type HookAnswer } from '../../domain/hook.ts';
import { passwordAtPlace } from '../../domain/secret-plan/index.ts';
import { redact } from '../../domain/text/redact.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from '../gather/look-up.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until, type Seen } from '../proof/until.ts';
import type { HookInput } from '../types/index.ts';

/**
 * Asks the site's hook, and asks again within the limit where the hook could not be reached.
 * Running it twice is safe for the rotation: nothing is written. The hook itself must bear to be asked twice, as after a
 * crash of the worker.
 * @throws RotationError `HookRefused` or `HookUnanswered`: then nothing is begun.
 */
export async function hook(deps: Dependencies, input: HookInput, clock: StepClock): Promise<void> {
  const { id, component } = input.rotation;
  const { name, namespace, cluster, role } = component;
  const asked = deps.hooks.find(name);
  if (asked === undefined)
    throw unanswered(
      input,
      'the catalogue of this worker has no hook for the component; give each worker the same one',
    );
  const { workflowId = '' } = Context.current().info.workflowExecution ?? {};
  const question = { action: input.action, component: name, namespace, cluster, role, rotation: id, workflowId };
  let because = 'its time is over';
  const look = async (): Promise<Seen<HookAnswer>> => {
    const timeoutMs = Math.floor(clock.leftMs());
    if (timeoutMs <= 0) return { done: false, missing: because };
    const answer = await deps.hooks.ask(asked, question, { timeoutMs, signal: clock.signal });
    if (answer.kind !== 'unanswered' || !answer.again) return { done: true, result: answer };
    ({ because } = answer);
    log.warn('the hook is asked again', { because });
    return { done: false, missing: because, lookAgainMs: HOOK_AGAIN_MS };
  };
  const seen = await until(deps, { clock, watched: [], look });
  if (!seen.done) throw unanswered(input, seen.missing);
  if (seen.result.kind === 'unanswered') throw unanswered(input, seen.result.because);
  if (seen.result.kind === 'refused') throw await refused(deps, input, seen.result);
}

function unanswered({ rotation: { component } }: HookInput, because: string): RotationError {
  const { label = 'hook', seconds = 0 } = component.hook ?? {};
  return new RotationError(
    'HookUnanswered',
    `The ${label}, which the catalogue names for ${component.name}, did not allow the change within ${seconds} s: ${because}. Nothing was begun. Mend the hook, or its entry in the catalogue, then start again.`,
  );
}

async function refused(
  deps: Dependencies,
  input: HookInput,
  { how, reason }: Extract<HookAnswer, { kind: 'refused' }>,
): Promise<RotationError> {
  const { component } = input.rotation;
  const said =
    reason === '' ? 'It gave no reason' : `It said: ${shownReason(await withoutPasswords(deps, input, reason))}`;
  return new RotationError(
    'HookRefused',
    `The ${component.hook?.label ?? 'hook'} refused to let ${component.name} change: ${how}. ${said}. Nothing was begun. Do what it asks for, then start again.`,
  );
}

/** The hook's own text goes into a report. A hook that logs in somewhere may print what it logs in with. */
async function withoutPasswords(
  { secrets }: Dependencies,
  { rotation: { component }, passwordAt }: HookInput,
  text: string,
): Promise<string> {
  const { namespace, name } = secretAt(component, passwordAt.secret);
  const found = await orUnknown(secrets.find(namespace, name));
  if (found === 'unknown') return `(not shown: ${secretObject(component, passwordAt.secret)} could not be read)`;
  const password = found && passwordAtPlace(found.data, component, passwordAt);
  return redact(text, password === undefined ? [] : [password]);
}

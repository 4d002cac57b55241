import { WITHDRAWN_MS } from '../../domain/budgets.ts';
import { objectName, secretObject } from '../../domain/component.ts';
import { changedMeanwhile, RotationError } from '../../domain/failures.ts';
import { ASKED } from '../../domain/marks.ts';
import { judgeGeneration, judgeWithdrawal, type GenerationFacts } from '../../domain/proofs/generation.ts';
import { sameBytes } from '../../domain/secrets/secret-data.ts';
import { redactCnpg } from '../../domain/text/redact-cluster.ts';
import type { RequestedPassword } from '../../kubernetes/password-requests.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until, type Seen } from '../proof/until.ts';
import { noteWayBack, requireTurn } from '../staging/fence.ts';
import { recordGenerated } from '../staging/generated.ts';
import { changedByAnother } from '../staging/live-secrets.ts';
import { passwordsIn, readStaging, stagedSide, type Staging } from '../staging/staging.ts';
import type { GenerateInput, GenerateResult } from '../types/index.ts';
import { addressesOf } from './publish.ts';

/** What one look found. */
interface Look {
  readonly databaseRole: RequestedPassword | undefined;
  readonly live: LiveSecret | undefined;
  readonly facts: GenerationFacts;
}

/**
 * Running it twice is safe: CNPG is asked only while its Secret stands as staged and no request does. Each request has
 * the DatabaseRole's version on which it was decided. A recorded answer is recorded once.
 */
export async function generate(deps: Dependencies, input: GenerateInput, clock: StepClock): Promise<GenerateResult> {
  const { rotation, request, target } = input;
  const { namespace } = rotation.component;
  const clients = await addressesOf(deps, rotation.component);
  const before = await readStaging(deps, rotation);
  const goesBack = target === 'previous' && before.passwords.pending === undefined;
  let staging = goesBack ? await noteWayBack(deps, rotation) : before;
  // From when on nothing asks CNPG any more; an earlier attempt's time does not count.
  let quietSince: number | undefined;

  const ask = async ({ databaseRole }: Look): Promise<void> => {
    staging = await noteAsked(deps, input, staging);
    const { resourceVersion = '' } = databaseRole ?? {};
    // Where the DatabaseRole has changed meanwhile, the next look decides again.
    await deps.passwordRequests.change(namespace, request.databaseRole, { resourceVersion, request: rotation.id });
  };
  const withdraw = async ({ databaseRole: { resourceVersion } = { resourceVersion: '' } }: Look): Promise<void> => {
    // The write also moves the version, so that a late request of an earlier attempt does not land.
    const change = { resourceVersion, request: null, fencedBy: rotation.id };
    if (await deps.passwordRequests.change(namespace, request.databaseRole, change)) quietSince = clock.spentMs();
  };
  const observe = async (): Promise<Seen<GenerateResult>> => {
    const look = await lookAt(deps, input, staging);
    const verdict = (target === 'previous' ? judgeWithdrawal : judgeGeneration)(look.facts);
    switch (verdict.kind) {
      case 'generated': {
        if (look.facts.secret === 'another' && look.live !== undefined)
          staging = await recordGenerated(deps, rotation, staging, request.plan, look.live);
        const startedAt = staging.secret.annotations[ASKED];
        return {
          done: true,
          result: { generated: true, resourceVersion: look.live?.resourceVersion, startedAt, clients },
        };
      }
      case 'ask':
        return { done: false, missing: 'CNPG was not asked', act: () => ask(look) };
      case 'untouched':
        if (!look.facts.asked) return { done: true, result: { generated: false, clients } };
        if (quietSince === undefined) return { done: false, missing: 'late requests', act: () => withdraw(look) };
        if (clock.spentMs() - quietSince >= WITHDRAWN_MS) return { done: true, result: { generated: false, clients } };
        return { done: false, missing: 'CNPG may still answer the request', lookAgainMs: WITHDRAWN_MS };
      case 'withdraw':
        return { done: false, missing: 'the request stands', act: () => withdraw(look) };
      case 'waiting':
        return { done: false, missing: redactCnpg(verdict.because, passwordsIn(staging)) };
      case 'foreign':
        throw changedByAnother(rotation, staging, request.secret, look.live);
      case 'stopped':
        throw notGenerated(input, verdict.because);
    }
  };
  const seen = await until(deps, {
    clock,
    watched: [deps.databaseRoles.watched(namespace, request.databaseRole)],
    look: observe,
  });
  if (seen.done) return seen.result;
  throw notGenerated(input, seen.missing);
}

/** The DatabaseRole is read first: where its request is gone and the Secret is as before, CNPG acted on no request. */
async function lookAt(deps: Dependencies, { rotation, request }: GenerateInput, staging: Staging): Promise<Look> {
  const { namespace } = rotation.component;
  const databaseRole = await deps.passwordRequests.find(namespace, request.databaseRole);
  const live = await deps.secrets.find(namespace, request.secret);
  const holds = (target: 'previous' | 'pending'): boolean => {
    const staged = stagedSide(staging, request.secret, target)['password'];
    return staged !== undefined && sameBytes(live?.data['password'], staged);
  };
  const secret =
    live?.data['password'] === undefined
      ? 'absent'
      : holds('pending')
        ? 'as recorded'
        : holds('previous')
          ? 'as staged'
          : 'another';
  const asked = ASKED in staging.secret.annotations;
  return { databaseRole, live, facts: { databaseRole, secret, asked, rotationId: rotation.id } };
}

/** Before the request itself, so that a later look knows that CNPG may have been asked. */
async function noteAsked(deps: Dependencies, { rotation }: GenerateInput, staging: Staging): Promise<Staging> {
  const now = await readStaging(deps, rotation);
  requireTurn(now, 'pending');
  if (ASKED in staging.secret.annotations) return now;
  const { namespace, name, resourceVersion } = now.secret;
  const change = { data: {}, annotations: { [ASKED]: deps.now().toISOString() }, resourceVersion };
  if ((await deps.secrets.change(namespace, name, change)) === undefined)
    throw changedMeanwhile('Secret', namespace, name);
  return readStaging(deps, rotation);
}

function notGenerated({ rotation, request }: GenerateInput, because: string): RotationError {
  const { component } = rotation;
  const name = objectName('DatabaseRole', component.namespace, request.databaseRole);
  return new RotationError(
    'PasswordNotGenerated',
    `CNPG generated no new password for ${name} into ${secretObject(component, request.secret)}: ${because}. Look at "kubectl -n ${component.namespace} describe databaserole ${request.databaseRole}" and at the operator's log.`,
  );
}

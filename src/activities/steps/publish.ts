import { log } from '@temporalio/activity';
import { namespacesOf, type Component } from '../../domain/component.ts';
import { messageOf, changedMeanwhile } from '../../domain/failures.ts';
import { LAST_CHANGE, LAST_CHANGE_AT } from '../../domain/marks.ts';
import { writtenIn } from '../../domain/rotation/handover.ts';
import { recordId } from '../../domain/rotation/rotation.ts';
import { planPublish } from '../../domain/rotation/publish-plan.ts';
import type { Target } from '../../domain/steps.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { fence, noteWayBack, requireTurn } from '../staging/fence.ts';
import { changedByAnother, readLiveSecrets, type StagedAndLive } from '../staging/live-secrets.ts';
import { readStaging } from '../staging/staging.ts';
import type { PublishedSecret, PublishInput, PublishResult } from '../types/index.ts';

const TARGETS = ['pending', 'previous'] as const satisfies readonly Target[];

/**
 * Running it twice is safe: a Secret that already holds the target's values is left as it is. On the way back a Secret
 * that this rotation never wrote keeps its values too, and is fenced once.
 */
export async function publish(deps: Dependencies, { rotation, change }: PublishInput): Promise<PublishResult> {
  const { target } = change;
  const record = recordId(rotation);
  const now = deps.now().toISOString();
  const staging = target === 'previous' ? await noteWayBack(deps, rotation) : await readStaging(deps, rotation);
  const secrets = await readLiveSecrets(deps, rotation, staging, writtenIn(change));
  const plan = planPublish(
    secrets.map(({ staged, live }) => ({
      name: staged.name,
      staged: staged.data,
      live: live?.data,
      written: TARGETS.some((one) => live?.annotations[LAST_CHANGE] === `${record}.${one}`),
    })),
    target,
  );
  if (plan.kind === 'foreign') {
    const foreign = secrets.find(({ staged }) => staged.name === plan.name);
    throw changedByAnother(rotation, staging, plan.name, foreign?.live);
  }
  requireTurn(await readStaging(deps, rotation), target);
  // The addresses are read before the first pod goes.
  const clients = change.readByApplications ? await addressesOf(deps, rotation.component) : [];
  const published: PublishedSecret[] = [];
  for (const secret of secrets) {
    const { staged, live } = secret;
    if (live === undefined) continue;
    if (plan.write.includes(staged.name)) published.push(await write(deps, record, secret, live, target));
    else if (plan.done.includes(staged.name)) published.push(describe(secret, live, target));
    else if (plan.fence.includes(staged.name)) await fence(deps, rotation.id, live);
  }
  const startedAt = whenWritten(record, target, secrets) ?? now;
  return { startedAt, touched: published.length > 0, secrets: published, clients };
}

/** A second run of the step knows from the Secrets when the first one wrote them. */
function whenWritten(rotationId: string, target: Target, secrets: readonly StagedAndLive[]): string | undefined {
  const [first] = secrets
    .flatMap(({ live }) => (live?.annotations[LAST_CHANGE] === `${rotationId}.${target}` ? [live] : []))
    .flatMap(({ annotations }) => annotations[LAST_CHANGE_AT] ?? [])
    .sort();
  return first;
}

/** Only the report needs the addresses. */
export async function addressesOf(deps: Dependencies, component: Component): Promise<PublishResult['clients']> {
  try {
    return (await Promise.all(namespacesOf(component).map((one) => deps.pods.addresses(one)))).flat();
  } catch (error) {
    log.warn('the addresses of the pods could not be read', { reason: messageOf(error) });
    return [];
  }
}

async function write(
  deps: Dependencies,
  rotationId: string,
  secret: StagedAndLive,
  { namespace, name, resourceVersion }: LiveSecret,
  target: Target,
): Promise<PublishedSecret> {
  const changed = await deps.secrets.change(namespace, name, {
    data: secret.staged.data[target],
    // In the same write: a later change of the annotations alone would make CNPG apply the password again.
    annotations: { [LAST_CHANGE]: `${rotationId}.${target}`, [LAST_CHANGE_AT]: deps.now().toISOString() },
    resourceVersion,
  });
  if (changed !== undefined) return describe(secret, changed, target);
  // Another writer changed the Secret between our read and our write. The retry checks whether the change matters.
  throw changedMeanwhile('Secret', namespace, name);
}

export function describe({ staged }: StagedAndLive, live: LiveSecret | undefined, target: Target): PublishedSecret {
  return {
    name: staged.name,
    resourceVersion: live?.resourceVersion ?? '',
    changedKeys: Object.keys(staged.data[target]).sort(),
  };
}

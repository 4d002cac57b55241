import { log } from '@temporalio/activity';
import { namespacesOf, secretAt, type Component } from '../../domain/component.ts';
import { messageOf, changedMeanwhile } from '../../domain/failures.ts';
import { LAST_CHANGE, LAST_CHANGE_AT } from '../../domain/marks.ts';
import { writtenIn } from '../../domain/rotation/handover.ts';
import { planPublish } from '../../domain/rotation/publish-plan.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Target } from '../../domain/steps.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { changedByAnother, readLiveSecrets, type StagedAndLive } from '../staging/live-secrets.ts';
import { readStaging } from '../staging/staging.ts';
import type { PublishedSecret, PublishInput, PublishResult } from '../types.ts';

/**
 * Running it twice is safe: a Secret that already holds the target's values is left as it is. On the way back a Secret
 * that this rotation never wrote is left alone too.
 */
export async function publish(deps: Dependencies, { rotation, change }: PublishInput): Promise<PublishResult> {
  const { target } = change;
  const staging = await readStaging(deps, rotation);
  const secrets = await readLiveSecrets(deps, rotation, staging, writtenIn(change));
  const plan = planPublish(
    secrets.map(({ staged, live }) => ({
      name: staged.name,
      staged: staged.data,
      live: live?.data,
      written: live?.annotations[LAST_CHANGE]?.startsWith(`${rotation.id}.`) === true,
    })),
    target,
  );
  if (plan.kind === 'foreign') {
    const foreign = secrets.find(({ staged }) => staged.name === plan.name);
    throw changedByAnother(rotation, staging, plan.name, foreign?.live);
  }
  // The addresses are read before the first pod goes.
  const clients = change.readByApplications ? await addressesOf(deps, rotation.component) : [];
  const published: PublishedSecret[] = [];
  for (const secret of secrets) {
    const { name } = secret.staged;
    if (plan.write.includes(name)) published.push(await write(deps, rotation, secret, target));
    else if (plan.done.includes(name)) published.push(describe(secret, secret.live, target));
  }
  return { touched: published.length > 0, secrets: published, clients };
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
  { component, id }: RotationRef,
  secret: StagedAndLive,
  target: Target,
): Promise<PublishedSecret> {
  const { staged, live } = secret;
  const { namespace, name } = secretAt(component, staged.name);
  const changed = await deps.secrets.change(namespace, name, {
    data: staged.data[target],
    // In the same write: a later change of the annotations alone would make CNPG apply the password again.
    annotations: { [LAST_CHANGE]: `${id}.${target}`, [LAST_CHANGE_AT]: deps.now().toISOString() },
    resourceVersion: live?.resourceVersion ?? '',
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

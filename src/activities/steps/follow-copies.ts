import { RotationError } from '../../domain/failures.ts';
import { secretObject } from '../../domain/component.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import { allHold, lacking, readLiveSecrets } from '../staging/live-secrets.ts';
import { readStaging } from '../staging/staging.ts';
import type { PublishInput } from '../types/index.ts';

/**
 * Waits until each copy has the value of its original. Somebody else writes the copies, and their readers restart only
 * when the value is there. Running it twice is safe: it only reads.
 */
export async function followCopies(
  deps: Dependencies,
  { rotation, change: { target, copies = [] } }: PublishInput,
  clock: StepClock,
): Promise<void> {
  const staging = await readStaging(deps, rotation);
  const seen = await until<undefined, readonly string[]>(deps, {
    clock,
    // A change in another namespace would need a watch there; the next look comes soon enough.
    watched: [],
    look: async () => {
      const secrets = await readLiveSecrets(deps, rotation, staging, copies);
      if (allHold(secrets, target)) return { done: true, result: undefined };
      return { done: false, missing: lacking(secrets, target) };
    },
  });
  if (seen.done) return;
  const late = seen.missing.map((one) => secretObject(rotation.component, one)).join(' and ');
  throw new RotationError(
    'CopyNotFollowed',
    `${late} did not get the value of the Secret that it is a copy of. Look at whoever copies it: Reflector, replicator or External Secrets, and how often it looks.`,
  );
}

import type { SecretReader } from '../../domain/component.ts';
import { otherTarget, type Target } from '../../domain/steps.ts';
import { recordId, type RotationRef } from '../../domain/rotation/rotation.ts';
import type { RestartSigns } from '../../kubernetes/restart-signs.ts';
import { reloaderHash } from '../../kubernetes/secret-hash.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { stagedSide, type Staging } from '../staging/staging.ts';

/** A live Secret, and its name in the plan. */
export interface NamedLive {
  readonly secret: string;
  readonly live: LiveSecret;
}

/**
 * What will show that the workload's pods read the live Secrets.
 * @param now counts where the API server does not say when a Secret changed.
 */
export function expectedSigns(
  rotation: RotationRef,
  {
    staging,
    target,
    live,
  }: { readonly staging: Staging; readonly target: Target; readonly live: readonly NamedLive[] },
  workload: SecretReader,
  now: Date,
): RestartSigns {
  const { component } = rotation;
  const record = recordId(rotation);
  const read = live.filter(({ secret }) => workload.secrets.includes(secret));
  const changes = read.map((one) => (one.live.dataChangedAt ?? now).getTime());
  return {
    secrets: read.map(({ secret, live: { name, data } }) => ({
      name,
      hash: reloaderHash(data),
      // Only the way back needs this hash. On the way forward no old mark can be of the new password.
      ...(target === 'previous' && {
        undoneHash: reloaderHash({ ...data, ...stagedSide(staging, secret, 'pending') }),
      }),
    })),
    component: component.name,
    mark: `${record}.${target}`,
    undone: `${record}.${otherTarget(target)}`,
    changedAt: changes.length === 0 ? now : new Date(Math.max(...changes)),
  };
}

import { LOGIN_AGAIN_MS } from '../../domain/budgets.ts';
import { orElse, RotationError } from '../../domain/failures.ts';
import { poolersSeconds, throughPooler, type PoolerInUse } from '../../domain/poolers/pooler.ts';
import type { LoginsToProve } from '../../domain/rotation/handover.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { PoolerPod } from '../../kubernetes/poolers.ts';
import type { Dependencies } from '../dependencies.ts';
import { credentialOf, type Staging } from '../staging/staging.ts';
import type { PasswordChangeInput } from '../types/index.ts';
import { timeOfItsOwn, type StepClock } from './step-clock.ts';
import { until } from './until.ts';

type Refusal = Pick<RotationError, 'type' | 'message'>;

export type PoolerProof =
  /** The Poolers, each with the number of its pods. */
  { readonly proven: readonly string[] } | { readonly unproven: Refusal };

/**
 * The same logins through each Pooler that the application uses, once PostgreSQL itself has answered as wanted. Each pod
 * has a PgBouncer of its own. The wait is for a failed login that PgBouncer remembers.
 * @throws RotationError `RoleActsAsItself`, as through the read-write Service.
 */
export async function provePoolers(
  deps: Dependencies,
  rotation: RotationRef,
  staging: Staging,
  logins: LoginsToProve,
  clock: StepClock,
): Promise<PoolerProof> {
  const { poolers = [] } = rotation;
  if (poolers.length === 0) return { proven: [] };
  const seen = await until<readonly string[], Refusal>(deps, {
    clock: timeOfItsOwn(clock, poolersSeconds(poolers)),
    watched: [],
    look: async () => {
      const looks = await Promise.all(poolers.map((pooler) => lookThrough(deps, rotation, pooler, staging, logins)));
      const missing = looks.find((look) => typeof look !== 'string');
      if (missing !== undefined) return { done: false, missing, lookAgainMs: LOGIN_AGAIN_MS };
      return { done: true, result: looks.filter((look) => typeof look === 'string') };
    },
  });
  return seen.done ? { proven: seen.result } : { unproven: seen.missing };
}

/**
 * Before the pods restart. On the way back the Poolers hold nothing up: pods without the previous password are worse.
 * @throws RotationError with what is not proven.
 */
export async function poolersFollow(
  deps: Dependencies,
  { rotation, change: { target, proof } }: PasswordChangeInput,
  staging: Staging,
  clock: StepClock,
): Promise<void> {
  const found = await provePoolers(deps, rotation, staging, proof, clock);
  if ('unproven' in found && target === 'pending') throw toError(found.unproven);
}

/** From where PostgreSQL sees the clients behind Poolers; empty where the application uses none. */
export async function poolerAddresses(
  { pods }: Pick<Dependencies, 'pods'>,
  { component, poolers = [] }: RotationRef,
): Promise<readonly string[]> {
  if (poolers.length === 0) return [];
  const all = await pods.addresses(component.namespace);
  return all.filter(({ part }) => part === 'pooler').map(({ address }) => address);
}

export function toError({ type, message }: Refusal): RotationError {
  return new RotationError(type, message);
}

/** `Pooler apps/litellm-rw (2 pods)`, or what is not as it must be. */
async function lookThrough(
  deps: Dependencies,
  { component }: RotationRef,
  pooler: PoolerInUse,
  staging: Staging,
  logins: LoginsToProve,
): Promise<string | Refusal> {
  const named = throughPooler(component, pooler.name);
  const pods = await deps.poolers.readyPods(component.namespace, pooler.name);
  if (pods.length === 0) return { type: 'DatabaseUnreachable', message: `No pod of ${named} is ready.` };
  const looks = await Promise.all(
    pods.map((pod) =>
      orElse(lookThroughPod(deps, component, { ...pooler, pod }, staging, logins), (error) => {
        if (error.type === 'RoleActsAsItself') throw error;
        return error.reason;
      }),
    ),
  );
  return looks.find((look) => look !== undefined) ?? `${named} (${pods.length} pod${pods.length === 1 ? '' : 's'})`;
}

async function lookThroughPod(
  deps: Dependencies,
  component: RotationRef['component'],
  door: PoolerInUse & { readonly pod: PoolerPod },
  staging: Staging,
  { accepted, refused, actsAs }: LoginsToProve,
): Promise<Refusal | undefined> {
  const [wanted, unwanted] = await Promise.all([
    deps.loginThrough(component, door, credentialOf(staging, accepted)),
    refused && deps.loginThrough(component, door, credentialOf(staging, refused)),
  ]);
  const through = `Through ${throughPooler(component, door.name, door.pod.pod)}, as role "${accepted.role}"`;
  if (!wanted.accepted) {
    const message = `${through}: PgBouncer refuses the password that PostgreSQL accepts (SQLSTATE ${wanted.sqlState}).`;
    return { type: 'NewPasswordRefused', message };
  }
  if (actsAs !== undefined && wanted.actsAs !== actsAs) {
    throw new RotationError(
      'RoleActsAsItself',
      `${through}: the session acts as "${wanted.actsAs}", not as "${actsAs}": what it creates would not belong to the owner. PgBouncer's server_reset_query resets the role before PostgreSQL 14.15, 15.10, 16.6 and 17.2: upgrade Cluster ${component.namespace}/${component.cluster}.`,
    );
  }
  if (unwanted?.accepted !== true) return undefined;
  return { type: 'OldPasswordAccepted', message: `${through}: PgBouncer still accepts the other password.` };
}

import { orElse, RotationError, type Cause } from '../../domain/failures.ts';
import type { Component } from '../../domain/component.ts';
import type { Credential } from '../../domain/password.ts';
import { poolersInUse, throughPooler, type PoolerInUse, type PoolerTried } from '../../domain/poolers/pooler.ts';
import type { OrUnknown, PreflightFacts } from '../../domain/preflight/index.ts';
import { poolersNamed } from '../../domain/secret-plan/index.ts';
import type { PoolerPod } from '../../kubernetes/poolers.ts';
import type { Dependencies } from '../dependencies.ts';
import { generatePassword } from '../staging/generate-password.ts';
import type { ApiObjects } from './api-objects.ts';
import type { FoundSecrets } from './find-secrets.ts';

/** The Poolers through which the application logs in, each tried with the current password and with a made-up one. */
export async function readPoolers(
  deps: Dependencies,
  component: Component,
  { poolers }: Pick<ApiObjects, 'poolers'>,
  { search, plan, current }: FoundSecrets,
  { clients, login }: Pick<PreflightFacts, 'clients' | 'login'>,
): Promise<OrUnknown<readonly PoolerTried[]>> {
  if (poolers === 'unknown') return 'unknown';
  const names = poolers.map(({ name }) => name);
  const named = search === undefined ? new Map<string, string>() : poolersNamed(search.world, plan, names);
  const inUse = poolersInUse(poolers, named, clients === 'unknown' ? [] : clients.clients);
  // Where PostgreSQL itself does not accept the password, another rule says so.
  const credential = login === 'accepted' ? current : undefined;
  return Promise.all(inUse.map((pooler) => tryPooler(deps, component, pooler, credential)));
}

async function tryPooler(
  deps: Dependencies,
  component: Component,
  pooler: PoolerInUse,
  credential: Credential | undefined,
): Promise<PoolerTried> {
  const pods = await orElse(deps.poolers.readyPods(component.namespace, pooler.name), (error) => error);
  if (pods instanceof RotationError) return { ...pooler, pods: 0, problem: pods.reason };
  if (pods.length === 0) {
    const message = `no pod of ${throughPooler(component, pooler.name)} is ready.`;
    return { ...pooler, pods: 0, problem: { type: 'DatabaseUnreachable', message } };
  }
  if (credential === undefined) return { ...pooler, pods: pods.length };
  const tried = await Promise.all(pods.map((pod) => tryPod(deps, component, { ...pooler, pod }, credential)));
  const problem = tried.find((one) => one.problem !== undefined)?.problem;
  const needsNoPassword = tried.some((one) => one.needsNoPassword);
  return {
    ...pooler,
    pods: pods.length,
    ...(problem !== undefined && { problem }),
    ...(needsNoPassword && { needsNoPassword: true as const }),
  };
}

async function tryPod(
  deps: Dependencies,
  component: Component,
  door: PoolerInUse & { readonly pod: PoolerPod },
  credential: Credential,
): Promise<{ readonly problem?: Cause; readonly needsNoPassword: boolean }> {
  const wrong = { username: credential.username, password: generatePassword() };
  const [right, madeUp] = await Promise.all(
    [credential, wrong].map((one) => orElse(deps.loginThrough(component, door, one), (error) => error)),
  );
  const needsNoPassword = madeUp !== undefined && 'accepted' in madeUp && madeUp.accepted;
  const failure = [right, madeUp].find((one) => one instanceof RotationError);
  if (failure instanceof RotationError) return { problem: failure.reason, needsNoPassword };
  if (right !== undefined && 'accepted' in right && right.accepted) return { needsNoPassword };
  const message = `PgBouncer of ${throughPooler(component, door.name, door.pod.pod)} refuses the password that PostgreSQL accepts.`;
  return { problem: { type: 'PasswordRefused', message }, needsNoPassword };
}

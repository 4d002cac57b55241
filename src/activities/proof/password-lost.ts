import { settledPrimary, type ClusterState } from '../../domain/cluster.ts';
import { objectName, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { LoginsToProve } from '../../domain/rotation/handover.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Staging } from '../staging/staging.ts';
import type { PasswordLost, ProvenOn } from '../types/index.ts';
import { proveLogin, type LoginProof } from './prove-login.ts';

/*
 * CNPG runs ALTER ROLE with synchronous_commit=local, so a failover can lose a password that was proven on the old
 * primary. On the new primary CNPG sets the password of a managed role, of the owner by bootstrap and of the superuser
 * again. It does not for a DatabaseRole, whose status alone decides (`isAlreadyReconciled`, 1.30.0).
 */

/** Why logins that were made just now prove nothing; undefined where the primary stayed. */
export function movedPrimary(
  { namespace, cluster: name }: Component,
  before: string | undefined,
  cluster: ClusterState | undefined,
): string | undefined {
  const now = cluster && settledPrimary(cluster);
  if (now !== undefined && now === before) return undefined;
  return `the primary of ${objectName('Cluster', namespace, name)} is changing from ${before ?? 'none'} to ${now ?? cluster?.targetPrimary ?? 'none'}`;
}

export type PrimaryProof = LoginProof & { readonly primary: string };

/**
 * The logins, between two looks at the Cluster that show the same primary.
 * @throws RotationError `DatabaseUnreachable`, which may pass, while the primary changes.
 */
export async function proveOnPrimary(
  deps: Dependencies,
  rotation: RotationRef,
  staging: Staging,
  logins: LoginsToProve,
): Promise<PrimaryProof> {
  const { component } = rotation;
  const find = () => deps.clusters.find(component.namespace, component.cluster);
  const before = await find();
  const primary = before && settledPrimary(before);
  const proof = await proveLogin(deps, rotation, staging, logins);
  const moved = movedPrimary(component, primary, await find());
  if (moved !== undefined || primary === undefined)
    throw new RotationError('DatabaseUnreachable', `A login proves nothing while ${moved ?? 'there is no primary'}.`);
  return { ...proof, primary };
}

/** Whether another primary than the one of an earlier proof refuses the login that was proven. */
export async function passwordLost(
  deps: Dependencies,
  rotation: RotationRef,
  staging: Staging,
  proven: ProvenOn | undefined,
): Promise<PasswordLost | undefined> {
  if (proven === undefined) return undefined;
  return toLost(await proveOnPrimary(deps, rotation, staging, { accepted: proven.login }), proven);
}

/** @param proven where the password was proven before; undefined where nobody will set the password again. */
export function toLost(proof: PrimaryProof, proven: ProvenOn | undefined): PasswordLost | undefined {
  if (proof.proven || proven === undefined || proof.primary === proven.primary) return undefined;
  return { lost: { primary: proof.primary, before: proven.primary, because: proof.because } };
}

import { RotationError } from '../../domain/failures.ts';
import type { RoleAttributes } from '../../domain/proofs/role-attributes.ts';
import type { Rotation } from '../../domain/rotation/rotation.ts';
import type { Target } from '../../domain/steps.ts';
import type { Part } from '../../domain/rotation/turn.ts';
import type { Dependencies } from '../dependencies.ts';
import { credentialOf, otherTarget, type Staging } from '../staging/staging.ts';

export type LoginProof =
  | {
      readonly proven: true;
      /** SQLSTATE; empty when no other credential had to be refused. */
      readonly refusedWith: string;
      readonly serverVersion: string;
      readonly roleAttributes?: RoleAttributes;
      /** The server's clock at the login, RFC 3339. */
      readonly serverTime: string;
    }
  | { readonly proven: false; readonly type: 'NewPasswordRefused' | 'OldPasswordAccepted'; readonly because: string };

/**
 * Fresh logins through the read-write Service: the target's credential must be accepted, the other refused. Only when a
 * role has just been let in, the other one goes on working.
 * @throws RotationError `RoleActsAsItself` when the tables that the login role creates would not be the owner's.
 */
export async function proveLogin(
  deps: Dependencies,
  rotation: Rotation,
  staging: Staging,
  { target, part }: { readonly target: Target; readonly part: Part },
): Promise<LoginProof> {
  const { component, turn } = rotation;
  const accept = credentialOf(rotation, staging, target);
  const [wanted, unwanted] = await Promise.all([
    deps.login(component, accept),
    part === 'incoming' ? undefined : deps.login(component, credentialOf(rotation, staging, otherTarget(target))),
  ]);
  if (!wanted.accepted) {
    return {
      proven: false,
      type: 'NewPasswordRefused',
      because: `PostgreSQL refuses the password that the Secret holds (SQLSTATE ${wanted.sqlState})`,
    };
  }
  const { owner } = component.alternating;
  if (turn !== undefined && wanted.actsAs !== owner) {
    throw new RotationError(
      'RoleActsAsItself',
      `Role "${accept.username}" acts as "${wanted.actsAs}", not as "${owner}": what it creates would not belong to the owner. Run in PostgreSQL: ALTER ROLE "${accept.username}" SET role = '${owner}'.`,
    );
  }
  if (unwanted?.accepted === true) {
    return { proven: false, type: 'OldPasswordAccepted', because: 'PostgreSQL still accepts the other password' };
  }
  return {
    proven: true,
    refusedWith: unwanted?.sqlState ?? '',
    serverVersion: wanted.serverVersion,
    roleAttributes: wanted.attributes,
    serverTime: wanted.serverTime,
  };
}

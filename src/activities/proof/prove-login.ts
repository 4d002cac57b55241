import { RotationError } from '../../domain/failures.ts';
import type { RoleAttributes } from '../../domain/proofs/role-attributes.ts';
import type { LoginsToProve } from '../../domain/rotation/handover.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Dependencies } from '../dependencies.ts';
import { credentialOf, type Staging } from '../staging/staging.ts';

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
 * Fresh logins through the read-write Service: one credential must be accepted; the other, if any, must be refused.
 * @throws RotationError `RoleActsAsItself` when the tables that the login role creates would not be the owner's.
 */
export async function proveLogin(
  deps: Dependencies,
  { component }: RotationRef,
  staging: Staging,
  { accepted, refused, actsAs }: LoginsToProve,
): Promise<LoginProof> {
  const [wanted, unwanted] = await Promise.all([
    deps.login(component, credentialOf(staging, accepted)),
    refused && deps.login(component, credentialOf(staging, refused)),
  ]);
  if (!wanted.accepted) {
    return {
      proven: false,
      type: 'NewPasswordRefused',
      because: `PostgreSQL refuses the password that the Secret holds (SQLSTATE ${wanted.sqlState})`,
    };
  }
  if (actsAs !== undefined && wanted.actsAs !== actsAs) {
    throw new RotationError(
      'RoleActsAsItself',
      `Role "${accepted.role}" acts as "${wanted.actsAs}", not as "${actsAs}": what it creates would not belong to the owner. Run in PostgreSQL: ALTER ROLE "${accepted.role}" SET role = '${actsAs}'.`,
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

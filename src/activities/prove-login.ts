import type { Component } from '../domain/component.ts';
import type { Credential } from '../domain/password.ts';
import type { Dependencies } from './dependencies.ts';

export type LoginProof =
  | {
      readonly proven: true;
      readonly refusedWith: string;
      readonly serverVersion: string;
      /** The server's clock at the login, RFC 3339. */
      readonly serverTime: string;
    }
  | { readonly proven: false; readonly type: 'NewPasswordRefused' | 'OldPasswordAccepted'; readonly because: string };

/** Two fresh logins through the read-write Service: one credential must be accepted, the other refused. */
export async function proveLogin(
  deps: Dependencies,
  component: Component,
  logins: { readonly accept: Credential; readonly refuse: Credential },
): Promise<LoginProof> {
  const [wanted, unwanted] = await Promise.all([
    deps.login(component, logins.accept),
    deps.login(component, logins.refuse),
  ]);
  if (!wanted.accepted) {
    return {
      proven: false,
      type: 'NewPasswordRefused',
      because: `PostgreSQL refuses the password that the Secret holds (SQLSTATE ${wanted.sqlState})`,
    };
  }
  if (unwanted.accepted) {
    return { proven: false, type: 'OldPasswordAccepted', because: 'PostgreSQL still accepts the other password' };
  }
  return {
    proven: true,
    refusedWith: unwanted.sqlState,
    serverVersion: wanted.serverVersion,
    serverTime: wanted.serverTime,
  };
}

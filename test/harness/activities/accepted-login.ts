import type { LoginOutcome } from '../../../src/postgres/login.ts';

/** What PostgreSQL answers to a role that has nothing special. */
export function acceptedLogin(role: string, more: { readonly memberOf?: readonly string[] } = {}): LoginOutcome {
  return {
    accepted: true,
    serverVersion: '15.18',
    serverTime: '2026-01-01T00:00:00.000Z',
    actsAs: 'litellm',
    attributes: { role, attributes: [], memberOf: [], ...more },
  };
}

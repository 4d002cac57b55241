import { type Component } from '../../domain/component.ts';
import type { Credential } from '../../domain/password.ts';
import type { LoginSecretFacts, TurnFacts } from '../../domain/preflight/index.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ApiObjects } from './api-objects.ts';
import type { CurrentLogin } from './current-login.ts';
import { readHeld } from './held-by-logins.ts';
import { orUnknown } from './look-up.ts';
import { judgeRoleSecret, PASSWORD_ALONE, toCompanionFacts } from './secret-facts.ts';

/** What preflight judges of roles that take turns; undefined for a component that is rotated in place. */
export async function readTurnFacts(
  deps: Dependencies,
  component: Component,
  objects: ApiObjects,
  login: CurrentLogin | undefined,
  current: Credential | undefined,
): Promise<TurnFacts | undefined> {
  if (component.strategy !== 'alternating') return undefined;
  const { logins } = component.alternating;
  const [roles, held, ...secrets] = await Promise.all([
    readRoles(deps, component, current),
    readHeld(deps, component, current, objects),
    ...logins.map(async ({ role, secret: name }): Promise<LoginSecretFacts> => {
      const live = await objects.secrets.find(component.namespace, name);
      const state = judgeRoleSecret(live, role);
      if (live === undefined) return { role, name, state, immutable: false, hasReloadLabel: false };
      const hasReloadLabel = 'cnpg.io/reload' in live.labels;
      return { ...toCompanionFacts(live, PASSWORD_ALONE), role, state, hasReloadLabel };
    }),
  ]);
  return { logins: secrets, roles, held, turn: login?.turn };
}

/** Reads the roles as the application's current role sees them. */
async function readRoles(
  deps: Dependencies,
  component: Component,
  credential: Credential | undefined,
): Promise<TurnFacts['roles']> {
  if (credential === undefined) return 'unknown';
  const { owner, logins } = component.alternating;
  const roles = [owner, ...logins.map(({ role }) => role)];
  return (await orUnknown(deps.actingRoles(component, credential, roles))) ?? 'unknown';
}

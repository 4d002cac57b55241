import type { ClusterState } from '../../domain/cluster.ts';
import type { Component } from '../../domain/component.ts';
import type { Credential } from '../../domain/password.ts';
import type { LoginSecretFacts, TurnFacts } from '../../domain/preflight/index.ts';
import { turnOf } from '../../domain/component.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';
import { PASSWORD_ALONE } from './secret-ownership.ts';
import { judgeRoleSecret, toCompanionFacts, usernameIn } from './secret-facts.ts';

/** What preflight judges of roles that take turns; nothing for a component that is rotated in place. */
export async function readTurnFacts(
  deps: Dependencies,
  component: Component,
  cluster: ClusterState | undefined,
  secret: LiveSecret | undefined,
  current: Credential | undefined,
): Promise<{ readonly turns?: TurnFacts }> {
  if (component.strategy !== 'alternating') return {};
  const { logins } = component.alternating;
  const [roles, ...secrets] = await Promise.all([
    cluster === undefined ? ('unknown' as const) : readRoles(deps, component, current),
    ...logins.map(async ({ role, secret: name }): Promise<LoginSecretFacts> => {
      const live = await deps.secrets.find(component.namespace, name);
      const state = judgeRoleSecret(live, role);
      if (live === undefined) return { role, name, state, immutable: false, hasReloadLabel: false };
      return {
        ...toCompanionFacts(live, PASSWORD_ALONE),
        role,
        state,
        hasReloadLabel: 'cnpg.io/reload' in live.labels,
      };
    }),
  ]);
  const turn = secret && turnOf(component, usernameIn(secret));
  return { turns: { logins: secrets, roles, turn } };
}

/** As the role that the application logs in with sees it. */
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

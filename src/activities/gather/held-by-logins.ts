import { API_CALL_TIMEOUT_MS } from '../../domain/budgets.ts';
import type { Component } from '../../domain/component.ts';
import type { HeldByLogins } from '../../domain/ownership.ts';
import type { Credential } from '../../domain/password.ts';
import type { OrUnknown } from '../../domain/preflight/index.ts';
import { execRight } from '../../domain/preflight/rights.ts';
import { heldByLoginsScript, parseHeldByLogins } from '../../postgres/held-by-logins.ts';
import { runOnPrimary } from '../proof/run-on-primary.ts';
import type { Dependencies, SeenCluster } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';

/**
 * What belongs to a login role or names one. A login shows nearly everything, for every database. The superuser is
 * asked for the rest, where there is a rest and the worker may exec.
 * @param credential of the role that the application uses; undefined where nobody knows it.
 */
export async function readHeld(
  deps: Dependencies,
  component: Component,
  credential: Credential | undefined,
  seen?: SeenCluster,
): Promise<OrUnknown<HeldByLogins>> {
  const own = credential && (await orUnknown(deps.heldByLogins(component, credential, seen)));
  if (own !== undefined && own !== 'unknown' && own.unseen.length === 0) return own;
  const whole = await orUnknown(askSuperuser(deps, component, seen));
  return whole === 'unknown' || whole === undefined ? (own ?? 'unknown') : whole;
}

/** @returns undefined where the worker has no right to exec. */
async function askSuperuser(
  deps: Dependencies,
  component: Component,
  seen: SeenCluster | undefined,
): Promise<HeldByLogins | undefined> {
  const missing = await deps.rights.missing(execRight(component));
  if (missing.length > 0) return undefined;
  const { owner, logins } = component.alternating;
  const script = heldByLoginsScript(
    owner,
    logins.map(({ role }) => role),
    component.database,
  );
  const doing = 'read what the login roles hold';
  // A diagnosis has less time than an adoption.
  return parseHeldByLogins(await runOnPrimary(deps, component, script, doing, seen, API_CALL_TIMEOUT_MS));
}

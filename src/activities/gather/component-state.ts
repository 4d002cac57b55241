import { objectName, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { ComponentState } from '../../domain/status.ts';
import type { Dependencies } from '../dependencies.ts';
import { findStaging, lockState } from '../staging/staging.ts';
import { currentLogin } from './current-login.ts';
import { dataChangedAt } from './secret-facts.ts';

/** Reads two Secrets of a component and nothing else. Running it twice is safe: it only reads. Never throws. */
export async function readComponentState(deps: Dependencies, component: Component): Promise<ComponentState> {
  const { name, namespace, cluster, strategy, secret } = component;
  const where = { component: name, namespace, cluster, strategy };
  try {
    const [live, staging] = await Promise.all([
      deps.secrets.find(namespace, secret),
      findStaging({ secrets: deps.secrets }, component),
    ]);
    if (live === undefined)
      throw new RotationError('SecretIncomplete', `${objectName('Secret', namespace, secret)} does not exist.`);
    const { username } = currentLogin(live, component);
    const roles = [component.role, ...component.alternating.logins.map(({ role }) => role)];
    const changedAt = dataChangedAt(live);
    return {
      ...where,
      // Any other text might be a secret.
      ...(roles.includes(username) && { login: username }),
      ...(changedAt !== undefined && { changedAt }),
      ...(staging !== undefined && {
        lock: {
          rotation: staging.rotationId,
          workflowId: staging.owner.workflowId,
          state: await lockState(deps, staging),
        },
      }),
    };
  } catch (error) {
    const { type, message } = RotationError.from(error);
    return { ...where, failure: { type, message } };
  }
}

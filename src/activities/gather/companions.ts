import { namedSecrets, secretObject, type Component } from '../../domain/component.ts';
import type { Credential, Password } from '../../domain/password.ts';
import type { Companions } from '../../domain/preflight/index.ts';
import { secretsOfPlan, type SecretPlan } from '../../domain/secret-plan/index.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { PASSWORD_ALONE, toCompanionFacts, type SecretChangeFacts } from './secret-facts.ts';

/** The other Secrets that change with the password, or why a Secret of the catalogue does not change. */
export function companionsOf(
  component: Component,
  plan: SecretPlan,
  {
    secrets,
    password,
    warnings,
  }: {
    readonly secrets: ReadonlyMap<string, LiveSecret>;
    readonly password: Password;
    readonly warnings: readonly string[];
  },
): Companions {
  const vain = inVain(component, plan);
  if (vain !== undefined) return vain;
  const found = secretsOfPlan(plan)
    .filter((name) => name !== component.secret)
    .flatMap((name) => {
      const live = secrets.get(name);
      return live === undefined ? [] : [{ name, live }];
    })
    .map(({ name, live }) => ({
      ...toCompanionFacts(live, { keys: keysOf(plan, name), password }),
      name,
      ...(plan.nameless.includes(name) && { withoutUser: true as const }),
      ...(plan.copies?.includes(name) === true && { isCopy: true as const }),
    }));
  return { found, warnings };
}

/** The change of the component's own Secret: at least the key that CNPG reads. */
export function changeOf(
  { secret }: Component,
  { plan, current }: { readonly plan: SecretPlan; readonly current?: Credential | undefined },
): SecretChangeFacts {
  const keys = keysOf(plan, secret);
  return { keys: keys.length > 0 ? keys : PASSWORD_ALONE.keys, password: current?.password };
}

/** The keys of a Secret that change. */
function keysOf({ changes }: SecretPlan, name: string): readonly string[] {
  return [...new Set(changes.filter(({ secret }) => secret === name).map(({ place }) => place.key))];
}

/** Refuses where a Secret that the catalogue names would not change. */
function inVain(component: Component, plan: SecretPlan): Companions | undefined {
  const changing = secretsOfPlan(plan);
  // The plan's unclear Secrets are reported separately.
  const asked = plan.unclear.map(({ secret }) => secret);
  const vain = namedSecrets(component).find(({ name }) => !changing.includes(name) && !asked.includes(name));
  if (vain === undefined) return undefined;
  const because = plan.leftAlone.find(({ secret }) => secret === vain.name)?.why;
  return {
    refused: `${secretObject(component, vain.name)} cannot change with the password: ${because ?? 'none of its keys holds the password of the component'}.`,
  };
}

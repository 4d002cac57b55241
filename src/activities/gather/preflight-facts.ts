import type { PreflightFacts } from '../../domain/preflight/index.ts';
import { rolesKnown } from '../../domain/rotation/turn.ts';
import type { SecretPlan } from '../../domain/secret-plan/index.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { keysOf } from './companions.ts';
import type { FoundSecrets } from './find-secrets.ts';
import { toSecretFacts } from './secret-facts.ts';
import { PASSWORD_ALONE, type SecretChangeFacts } from './secret-ownership.ts';
import type { Situation } from './situation.ts';

const NO_PLAN: SecretPlan = { changes: [], leftAlone: [], unclear: [], nameless: [] };

/** What preflight may know of a situation: names, versions and times, without any Secret's text. */
export function toPreflightFacts(situation: Situation): PreflightFacts {
  const { component, cluster, main, found, tried } = situation;
  const { gitops, readers, secretsOfOtherRoles, surroundings, turns, rehearsal, now } = situation;
  const known = found.kind === 'found' ? found : undefined;
  return {
    component,
    source: component.gitops === undefined ? 'kubernetes' : 'gitops',
    gitops,
    cluster,
    secret: main && toSecretFacts(main, rolesKnown(component, cluster), changeOf(found, main)),
    companions: found.companions,
    plan: known?.plan ?? NO_PLAN,
    passwordUnknown: found.kind === 'password unknown',
    passwordAt: known?.passwordAt,
    passwordWeakness: known?.passwordWeakness,
    workloads: readers,
    secretsOfOtherRoles,
    surroundings,
    turns,
    login: tried.login,
    roleAttributes: tried.roleAttributes,
    rehearsal,
    now,
  };
}

/** What of the component's own Secret would change: at least the key that CNPG reads. */
function changeOf(found: FoundSecrets, { name }: LiveSecret): SecretChangeFacts {
  if (found.kind !== 'found') return PASSWORD_ALONE;
  const keys = keysOf(found.plan, name);
  return { keys: keys.length > 0 ? keys : PASSWORD_ALONE.keys, password: found.current.password };
}

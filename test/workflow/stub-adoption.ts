import type { AdoptionPreflight } from '../../src/activities/types/index.ts';
import { adoptionNames, type Direction } from '../../src/domain/adopt/index.ts';
import type { SecretPlan } from '../../src/domain/secret-plan/index.ts';
import { KUBERNETES, LITELLM } from '../harness/examples.ts';

/** What an adoption's preflight finds where all is well. */
export function adoptionFound(component: string, direction: Direction, changes: SecretPlan): AdoptionPreflight {
  const names = adoptionNames(LITELLM);
  const owner = { role: names.owner, secret: names.ownerSecret };
  const [login] = names.logins;
  return {
    kubernetes: KUBERNETES,
    component: { ...LITELLM, name: component, strategy: 'alternating' },
    names,
    findings: [],
    secrets: ['litellm-db-secret'],
    changes,
    workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm', secrets: ['litellm-db-secret'] }],
    turn: direction === 'adopt' ? { active: owner, idle: login } : { active: login, idle: owner },
    done: false,
    plan: ['Make the roles.'],
    patch: '--- a/litellm-postgresql.yaml',
    manifests: 'kind: Secret',
  };
}

import type { SecretPlan } from '../../../src/domain/secret-plan/index.ts';
import { expectFirst, NO_PLAN, type Case } from './world.ts';

const place = { key: 'DATABASE_URL', within: 'URI', meaning: 'password' } as const;
const plan = (given: Partial<SecretPlan>): { readonly plan: SecretPlan } => ({ plan: { ...NO_PLAN, ...given } });

const BLOCKING: readonly Case[] = [
  [
    'nothing says whose a text is',
    plan({ unclear: [{ secret: 'litellm-keys', key: 'SALT_KEY', within: '', why: 'its name means no password' }] }),
    'places-are-clear',
    'Secret ai-system/litellm-keys, key SALT_KEY (its name means no password)',
    'notSecrets ({name: litellm-keys, keys: [SALT_KEY]})',
  ],
  [
    'CNPG’s Secret holds a verifier and nobody the password',
    { passwordUnknown: true },
    'password-is-known',
    'holds a verifier',
    'otherSecrets of "litellm"',
  ],
];

const WARNINGS: readonly Case[] = [
  [
    'a Secret logs in with a text that PostgreSQL does not accept',
    plan({ changes: [{ secret: 'litellm-env', place, why: 'it logs in as the role', differs: true, stale: true }] }),
    'secrets-are-up-to-date',
    'Secret ai-system/litellm-env, key DATABASE_URL (URI)',
    'notSecrets of "litellm"',
  ],
  [
    'another user has the same password',
    plan({ leftAlone: [{ secret: 'grafana', key: 'PASSWORD', within: '', why: 'it is the login of another user' }] }),
    'password-is-not-shared',
    'Secret ai-system/grafana, key PASSWORD (it is the login of another user)',
    'a password of its own',
  ],
  [
    'the password can be guessed',
    { passwordWeakness: 'is a common word' },
    'password-is-strong',
    'can be guessed: it is a common word',
    'cnpg-rotate rotate litellm',
  ],
];

describe('the plan of a rotation', () => {
  it.each(BLOCKING)('stops the rotation where %s', (...one) => expectFirst(one[1], 'blocking', one));
  it.each(WARNINGS)('is warned about where %s', (...one) => expectFirst(one[1], 'warning', one));
});

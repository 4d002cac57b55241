import type { SecretOwner } from '../../../src/domain/secrets/owners.ts';
import { GITOPS, LITELLM } from '../../harness/examples.ts';
import { expectFirst, findings, type Case, type Change } from './world.ts';

const EXTERNAL: SecretOwner = {
  kind: 'External Secrets',
  name: 'ExternalSecret apps/litellm',
  advice: 'Change the password at the provider.',
};
const APPLIED: SecretOwner = {
  kind: 'server-side apply',
  name: 'the field manager "kubectl"',
  advice: 'Take "password" out of the manifest.',
};
const COPY: SecretOwner = { kind: 'Reflector', name: 'Reflector', advice: '', copyOf: 'ai-system/litellm-db-secret' };

const excused = (owner: SecretOwner): Change => ({
  component: { ...LITELLM, secretOwners: { 'litellm-db-secret': 'it reads what we write back' } },
  secret: { owners: [owner] },
});

describe('a rotation is blocked when', () => {
  it.each<Case>([
    [
      'another controller writes the Secret',
      { secret: { owners: [EXTERNAL] } },
      'secrets-have-no-other-owner',
      'Secret ai-system/litellm-db-secret is written by ExternalSecret apps/litellm',
      'secretOwners: {litellm-db-secret: "…"} of "litellm"',
    ],
    [
      'another controller writes another Secret that holds the password',
      { companions: { found: [{ name: 'litellm-env', immutable: false, owners: [EXTERNAL] }], warnings: [] } },
      'secrets-have-no-other-owner',
      'Secret ai-system/litellm-env is written by',
      'Change the password at the provider.',
    ],
  ])('%s', (...one) => expectFirst(one[1], 'blocking', one));
});

describe('a rotation is warned when', () => {
  it.each<Case>([
    [
      'the catalogue answers for the owner',
      excused(EXTERNAL),
      'nobody-writes-the-secrets-again',
      'of which the catalogue says: "it reads what we write back"',
      'when that is no longer so',
    ],
    [
      'somebody applies the password by the server',
      { secret: { owners: [APPLIED] } },
      'nobody-writes-the-secrets-again',
      'The next apply of that manifest with --force-conflicts brings the old password back',
      'Take "password" out',
    ],
    [
      'kubectl apply keeps the password in an annotation',
      { secret: { lastAppliedHoldsPassword: true } },
      'last-applied-holds-no-password',
      'Secret ai-system/litellm-db-secret has the annotation of "kubectl apply"',
      'kubectl -n ai-system annotate secret litellm-db-secret kubectl.kubernetes.io/last-applied-configuration-',
    ],
  ])('%s', (...one) => expectFirst(one[1], 'warning', one));
});

describe('nothing is said of', () => {
  const rules = (change: Change): readonly string[] => findings(change).map(({ rule }) => rule);

  it('a copy whose source changes too', () => {
    const companions = { found: [{ name: 'litellm-copy', immutable: false, owners: [COPY] }], warnings: [] };
    expect(rules({ companions })).toEqual([]);
  });

  it('who brings the commit into the cluster, where a command of ours asks for it', () => {
    const gitops = { roleSecrets: [], reconcilesByCommand: true, flux: [] };
    const component = { ...LITELLM, gitops: GITOPS };
    const world = (owner: SecretOwner): Change => ({
      component,
      source: 'gitops',
      gitops,
      secret: { owners: [owner], lastAppliedHoldsPassword: true },
    });
    expect(rules(world({ kind: 'Argo CD', name: 'Argo CD', advice: '' }))).toEqual([]);
    expect(rules(world(EXTERNAL))).toEqual(['secrets-have-no-other-owner']);
  });
});

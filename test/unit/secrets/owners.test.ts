import { Password } from '../../../src/domain/password.ts';
import { lastAppliedHolds } from '../../../src/domain/secrets/last-applied.ts';
import { ownersOf, writesByItself, type SecretMetadata } from '../../../src/domain/secrets/owners.ts';

type Change = Partial<SecretMetadata>;

const owners = (change: Change) =>
  ownersOf({ name: 'litellm-db-secret', namespace: 'apps', labels: {}, annotations: {}, ...change }, [
    'password',
    'uri',
  ]);

const reference = (apiVersion: string, kind: string, controller = true): Change => ({
  ownerReferences: [{ apiVersion, kind, name: 'litellm', controller }],
});
const labels = (all: Record<string, string>): Change => ({ labels: all });
const annotations = (all: Record<string, string>): Change => ({ annotations: all });
const manager = (name: string, operation: 'Apply' | 'Update', keys = ['password']): Change => ({
  fieldManagers: [{ manager: name, operation, keys }],
});

describe('who else writes a Secret', () => {
  it.each<[string, Change, string]>([
    [
      'an ExternalSecret that made it',
      reference('external-secrets.io/v1', 'ExternalSecret'),
      'ExternalSecret apps/litellm',
    ],
    [
      'an ExternalSecret that left its mark alone',
      labels({ 'reconcile.external-secrets.io/managed': 'true' }),
      'an ExternalSecret',
    ],
    [
      'an ExternalSecret that merges the password into it',
      manager('externalsecrets.external-secrets.io/litellm', 'Apply'),
      'an ExternalSecret',
    ],
    ['a SealedSecret', reference('bitnami.com/v1alpha1', 'SealedSecret'), 'SealedSecret apps/litellm'],
    [
      'a SealedSecret that took it over',
      annotations({ 'sealedsecrets.bitnami.com/managed': 'true' }),
      'a SealedSecret',
    ],
    ['a SopsSecret', reference('isindir.github.com/v1alpha3', 'SopsSecret'), 'SopsSecret apps/litellm'],
    [
      '1Password, which is no controller by the reference',
      reference('onepassword.com/v1', 'OnePasswordItem', false),
      'OnePasswordItem apps/litellm',
    ],
    [
      'an item of 1Password that a Deployment asked for',
      annotations({ 'operator.1password.io/item-path': 'vaults/home/items/db' }),
      'the item of 1Password vaults/home/items/db',
    ],
    ['Vault', reference('secrets.hashicorp.com/v1beta1', 'VaultStaticSecret'), 'VaultStaticSecret apps/litellm'],
    ['Infisical', annotations({ 'secrets.infisical.com/version': 'W/"1"' }), 'an InfisicalSecret'],
    ['Doppler', labels({ dopplerSecretName: 'litellm' }), 'the DopplerSecret litellm'],
    ['any other controller', reference('example.com/v1', 'PasswordClaim'), 'PasswordClaim apps/litellm'],
    [
      'Argo CD, whose mark names this Secret',
      annotations({ 'argocd.argoproj.io/tracking-id': 'ai:/Secret:apps/litellm-db-secret' }),
      'the Argo CD Application ai',
    ],
    [
      'Argo CD, by its field manager and its label',
      { ...manager('argocd-controller', 'Update', []), labels: { 'app.kubernetes.io/instance': 'ai' } },
      'the Argo CD Application ai',
    ],
    [
      'Helm',
      { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'litellm' } },
      'the Helm release litellm',
    ],
    [
      'a HelmRelease, told once',
      {
        labels: {
          'app.kubernetes.io/managed-by': 'Helm',
          'helm.toolkit.fluxcd.io/name': 'litellm',
          'helm.toolkit.fluxcd.io/namespace': 'apps',
        },
        annotations: { 'meta.helm.sh/release-name': 'litellm' },
      },
      'the Flux HelmRelease apps/litellm',
    ],
    [
      'Reflector',
      annotations({ 'reflector.v1.k8s.emberstack.com/reflects': 'databases/litellm' }),
      'Reflector, as a copy of Secret databases/litellm',
    ],
    [
      'the replicator, pulled',
      annotations({ 'replicator.v1.mittwald.de/replicate-from': 'databases/litellm' }),
      'kubernetes-replicator, as a copy of Secret databases/litellm',
    ],
    [
      'the replicator, pushed',
      annotations({ 'replicator.v1.mittwald.de/replicated-from-version': '7' }),
      'kubernetes-replicator, as a copy of another Secret',
    ],
    ['Kyverno', labels({ 'generate.kyverno.io/policy-name': 'sync-secrets' }), 'the Kyverno policy sync-secrets'],
  ])('%s blocks', (_, change, name) => {
    const found = owners(change);
    expect(found).toEqual([expect.objectContaining({ name })]);
    expect(found.every(writesByItself)).toBe(true);
    expect(found[0]?.advice).toMatch(/\S/);
  });

  it.each([['kubectl'], ['terraform'], ['pipeline']])('"%s" that applies the password by the server warns', (name) => {
    const found = owners(manager(name, 'Apply'));
    expect(found).toEqual([expect.objectContaining({ kind: 'server-side apply' })]);
    expect(found.some(writesByItself)).toBe(false);
  });

  it.each<[string, Change]>([
    ['the CNPG Cluster that made it', reference('postgresql.cnpg.io/v1', 'Cluster')],
    [
      'the CNPG Cluster that made it, and passed its own marks on',
      {
        ...reference('postgresql.cnpg.io/v1', 'Cluster'),
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': 'db' },
      },
    ],
    ['somebody who only wants it gone with him', reference('apps/v1', 'Deployment', false)],
    ['a label that many charts set', labels({ 'app.kubernetes.io/instance': 'litellm' })],
    ['a Helm label without a release', labels({ 'app.kubernetes.io/managed-by': 'Helm' })],
    [
      'an id of Argo CD that was copied from another object',
      annotations({ 'argocd.argoproj.io/tracking-id': 'ai:postgresql.cnpg.io/Cluster:apps/litellm' }),
    ],
    ['a person’s edit', manager('kubectl-edit', 'Update')],
    ['a person’s patch', manager('kubectl-patch', 'Update')],
    ['ourselves', manager('cnpg-rotator', 'Apply')],
    ['one who applies other keys', manager('kubectl', 'Apply', ['host'])],
    ['Flux, of which another rule speaks', manager('kustomize-controller', 'Apply')],
    ['the source of a copy', annotations({ 'reflector.v1.k8s.emberstack.com/reflection-allowed': 'true' })],
  ])('%s is nobody', (_, change) => {
    expect(owners(change)).toEqual([]);
  });

  it('says what to do by a command that names the objects', () => {
    expect(owners(reference('external-secrets.io/v1', 'ExternalSecret'))[0]?.advice).toContain(
      'kubectl -n apps delete externalsecret litellm --cascade=orphan',
    );
  });

  it('lets no mark steer a terminal', () => {
    const [found] = owners(annotations({ 'operator.1password.io/item-path': 'a\n- approved\u001b[2J' }));
    expect(found?.name).toBe('the item of 1Password a - approved [2J');
  });
});

describe('the annotation of kubectl apply', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const manifest = (fields: object): Record<string, string> => ({
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ kind: 'Secret', ...fields }),
  });

  it.each([
    ['in its data', manifest({ data: { password: base64('old/pass') } }), true],
    ['in a URI of its data', manifest({ data: { uri: base64('postgresql://u:old%2Fpass@h/d') } }), true],
    ['in its stringData', manifest({ stringData: { password: 'old/pass' } }), true],
    ['of an earlier time', manifest({ data: { password: base64('older') } }), false],
    ['without data', manifest({}), false],
    ['that is not there', {}, false],
  ])('with a password %s', (_, annotations, holds) => {
    expect(lastAppliedHolds(annotations, Password.of('old/pass'))).toBe(holds);
  });
});

import { editsOfKeys, readKeys, secretDocuments } from '../../src/gitops/secret-manifest.ts';
import { describeEncryption, isEncrypted, requireKnownKeys } from '../../src/gitops/sops-metadata.ts';
import { readVariable, writeVariable } from '../../src/gitops/variable.ts';
import { copyTexts, differences, replaceTexts } from '../../src/gitops/yaml-edit.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('Secrets of a manifest', () => {
  const list = `apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: settings }
  - apiVersion: v1
    kind: Secret
    metadata: { name: one }
    stringData: { password: a }
  - apiVersion: v1
    kind: Secret
    metadata: { name: two, namespace: apps }
    data: { password: YQ== } # kept
`;
  const secrets = secretDocuments(list, 'list.yaml');

  it('are found in a List too', () => {
    expect(secrets.map(({ name, namespace, at }) => ({ name, namespace, at }))).toEqual([
      { name: 'one', namespace: undefined, at: ['items', 1] },
      { name: 'two', namespace: 'apps', at: ['items', 2] },
    ]);
  });

  it('change in the List at their own item alone', () => {
    const two = secrets[1] ?? { document: 0, at: [] };
    expect(readKeys(list, 'list.yaml', two, ['password'])).toEqual({ password: bytes('a') });
    const after = replaceTexts(list, 'list.yaml', editsOfKeys(list, 'list.yaml', two, { password: bytes('b') }));
    expect(after).toBe(list.replace('YQ==', '"Yg=="'));
    expect(differences(list, after, 'list.yaml')).toEqual(['document 1: items.2.data.password']);
  });

  it('whose names Flux leaves alone are told apart', () => {
    const text = `kind: Secret\nmetadata: { name: "a", annotations: { kustomize.toolkit.fluxcd.io/substitute: disabled } }\n`;
    expect(secretDocuments(text, 'x')).toMatchObject([{ literal: true }]);
    expect(secrets).toMatchObject([{ literal: false }, { literal: false }]);
  });
});

describe('who can decrypt a file', () => {
  const pgp = (fp: string) => ({ fp, enc: `enc of ${fp}`, created_at: 'now' });
  const file = (sops: object): string =>
    JSON.stringify({ a: 'ENC[…]', sops: { mac: 'm', lastmodified: 'l', ...sops } });
  const describe_ = (sops: object): string => describeEncryption(file(sops), 'a.yaml');

  it('is a set: neither the order nor the copies of the data key count', () => {
    const one = describe_({
      age: [{ recipient: 'r', enc: 'x' }],
      pgp: [pgp('A'), pgp('B')],
      encrypted_regex: '^data$',
    });
    const other = describe_({
      encrypted_regex: '^data$',
      pgp: [pgp('B'), { ...pgp('A'), enc: 'y' }],
      age: [{ recipient: 'r' }],
    });
    expect(one).toBe(other);
  });

  it.each([
    ['a recipient less', { pgp: [pgp('A')] }],
    ['another recipient', { pgp: [pgp('A'), pgp('C')] }],
    ['another kind of key', { pgp: [pgp('A')], age: [{ recipient: 'B' }] }],
    ['another rule', { pgp: [pgp('A'), pgp('B')], encrypted_regex: '^data$' }],
    ['groups', { key_groups: [{ pgp: [pgp('A')] }, { pgp: [pgp('B')] }], shamir_threshold: 2 }],
  ])('differs by %s', (_, sops) => {
    expect(describe_(sops)).not.toBe(describe_({ pgp: [pgp('A'), pgp('B')] }));
  });

  it('differs by the threshold of the groups, and not by their order', () => {
    const groups = [{ pgp: [pgp('A')] }, { hc_vault: [{ vault_address: 'v', key_name: 'k' }] }];
    const one = describe_({ key_groups: groups, shamir_threshold: 1 });
    expect(describe_({ key_groups: [...groups].reverse(), shamir_threshold: 1 })).toBe(one);
    expect(describe_({ key_groups: groups, shamir_threshold: 2 })).not.toBe(one);
  });

  it.each([
    ['a kind of key', { age: [], yubikey: [{ serial: 1 }] }, 'yubikey'],
    ['a kind of key in a group', { key_groups: [{ age: [] }, { tpm: [] }] }, 'tpm'],
  ])('is refused to be changed with %s that is not known', (_, sops, name) => {
    expect(() => requireKnownKeys(file(sops), 'a.yaml')).toThrow(
      `a.yaml is encrypted with ${name}, which is not known`,
    );
  });

  it('is known for every kind of key of SOPS', () => {
    const kinds = ['age', 'pgp', 'kms', 'gcp_kms', 'hckms', 'azure_kv', 'hc_vault'].map((kind) => [kind, [{}]]);
    expect(() => requireKnownKeys(file(Object.fromEntries(kinds) as object), 'a.yaml')).not.toThrow();
  });

  it('stands in a dotenv file in lines of its own', () => {
    expect(isEncrypted('A=ENC[x]\nsops_mac=ENC[y]\n', 'cluster.env')).toBe(true);
    expect(isEncrypted('A=1\n', 'cluster.env')).toBe(false);
  });
});

describe('what SOPS wrote into a copy', () => {
  const ENC = (data: string): string => `ENC[AES256_GCM,data:${data},iv:aa==,tag:bb==,type:str]`;

  it('is taken over alone: every other byte of the file stays, its indentation too', () => {
    const text = `a:\n  b: ${ENC('old')}\n  c:\n    - 1   # mine\nsops:\n  mac: "${ENC('m')}"\n`;
    const copy = JSON.stringify({ a: { b: ENC('new'), c: [1] }, sops: { mac: ENC('n') } });
    const places = [
      ['a', 'b'],
      ['sops', 'mac'],
    ].map((path) => ({ from: 0, to: 0, path }));
    expect(copyTexts(text, 'x', copy, places)).toBe(text.replace(ENC('old'), ENC('new')).replace(ENC('m'), ENC('n')));
  });

  it('gets quotes where it would be no text without them', () => {
    expect(copyTexts('a: ""\n', 'x', JSON.stringify({ a: ENC('1') }), [{ from: 0, to: 0, path: ['a'] }])).toBe(
      `a: "${ENC('1')}"\n`,
    );
  });

  it('is taken over into JSON that tabs indent', () => {
    const text = `{\n\t"a": "${ENC('old')}"\n}\n`;
    expect(copyTexts(text, 'x', JSON.stringify({ a: ENC('new') }), [{ from: 0, to: 0, path: ['a'] }])).toBe(
      text.replace('old', 'new'),
    );
  });
});

describe('a variable', () => {
  it.each([
    ['YAML', 'cluster.yaml', 'db: { password: old } # mine\n', 'db: { password: "new" } # mine\n'],
    ['JSON', 'cluster.json', '{\n\t"db": {"password": "old"}\n}\n', '{\n\t"db": {"password": "new"}\n}\n'],
    [
      'a table of TOML',
      'cluster.toml',
      '# mine\n[db]\npassword = "old"  # mine\n',
      '# mine\n[db]\npassword = "new"  # mine\n',
    ],
    ['a dotted name of TOML', 'cluster.toml', "db.password = 'old'\n", "db.password = 'new'\n"],
  ])('changes in %s, and nothing else does', (_, file, before, after) => {
    const variable = { file, key: 'db.password' };
    expect(readVariable(before, variable)).toBe('old');
    expect(writeVariable(before, variable, 'new')).toBe(after);
  });

  it('changes in a dotenv file', () => {
    const variable = { file: 'config/cluster.env', key: 'DB_PASSWORD' };
    expect(writeVariable('A=1\nDB_PASSWORD=old\n', variable, 'new')).toBe('A=1\nDB_PASSWORD=new\n');
  });

  it.each([
    ['is not there', 'cluster.toml', 'a = "b"', 'has no text "db.password"'],
    ['is no text', 'cluster.toml', '[db]\npassword = 1', 'has no text "db.password"'],
    ['is in no valid file', 'cluster.toml', 'a = = 1', 'is not valid TOML'],
    [
      'is in a form that is not read',
      'cluster.hcl',
      'db { password = "old" }',
      'Variables are read in YAML, JSON, TOML',
    ],
  ])('that %s is told as it is', (_, file, text, message) => {
    expect(() => readVariable(text, { file, key: 'db.password' })).toThrow(message);
  });
});

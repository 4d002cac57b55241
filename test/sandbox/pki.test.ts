import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createPki, kubeconfig, pkiFiles, type PkiFiles } from '../../sandbox/real/pki.ts';

describe('a kubeconfig', () => {
  const written: unknown = parse(kubeconfig('the authority', { certificate: 'the certificate', key: 'the key' }));

  it('holds its certificates itself, so that it can be copied anywhere', () => {
    expect(written).toMatchObject({
      clusters: [{ cluster: { 'certificate-authority-data': Buffer.from('the authority').toString('base64') } }],
      users: [
        {
          user: {
            'client-certificate-data': Buffer.from('the certificate').toString('base64'),
            'client-key-data': Buffer.from('the key').toString('base64'),
          },
        },
      ],
    });
  });

  it('has one context, which is the current one and names its cluster and user', () => {
    const name = 'cnpg-rotator-sandbox';
    expect(written).toMatchObject({
      'current-context': name,
      contexts: [{ name, context: { cluster: name, user: name } }],
      clusters: [{ name }],
      users: [{ name }],
    });
  });

  it('names the node by its address: no name server of the host knows the sandbox', () => {
    expect(written).toMatchObject({ clusters: [{ cluster: { server: 'https://172.31.250.2:6443' } }] });
  });
});

describe('the certificates', () => {
  let folder: string;
  let files: PkiFiles;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sandbox-pki-'));
    files = await createPki(pkiFiles(folder));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('and keys can be read by root alone', () => {
    const paths = [files.kubeconfigs.admin, files.serviceAccount.key, files.pairs.admin.key];
    expect(paths.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });
});

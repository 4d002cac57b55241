import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Authority, exportKey, newKeys, type Pair, type Subject } from '../common/certificates.ts';
import { API_SERVICE_ADDRESS, NODE_ADDRESS } from './network.ts';
import { NAME, RUN } from './paths.ts';

/** Everything that proves an identity in the sandbox: one authority, the certificates it signs, the token key. */
export async function createPki(files: PkiFiles = pkiFiles()): Promise<PkiFiles> {
  mkdirSync(files.directory, { recursive: true, mode: 0o700 });
  const authority = await Authority.create(NAME);
  const issue = async (name: keyof typeof files.pairs, subject: Subject) => {
    const pair = await authority.issue(subject);
    write(files.pairs[name].certificate, pair.certificate);
    write(files.pairs[name].key, pair.key);
    return pair;
  };
  write(files.authority, authority.certificate);
  const tokens = await newKeys();
  write(files.serviceAccount.key, await exportKey(tokens.privateKey, 'pkcs8', 'PRIVATE'));
  write(files.serviceAccount.publicKey, await exportKey(tokens.publicKey, 'spki', 'PUBLIC'));
  const admin = await issue('admin', { name: 'admin', group: 'system:masters' });
  await issue('apiserverToKubelet', { name: 'kube-apiserver', group: 'system:masters' });
  await issue('apiserver', {
    name: 'kube-apiserver',
    dns: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost'],
    addresses: [API_SERVICE_ADDRESS, NODE_ADDRESS, '127.0.0.1'],
  });
  const kubelet = await issue('kubelet', {
    name: 'system:node:sandbox',
    group: 'system:nodes',
    dns: ['sandbox'],
    addresses: [NODE_ADDRESS],
  });
  const certificate = authority.certificate;
  write(files.kubeconfigs.admin, kubeconfig(certificate, admin));
  write(files.kubeconfigs.kubelet, kubeconfig(certificate, kubelet));
  return files;
}

function write(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o600 });
}

export type PkiFiles = ReturnType<typeof pkiFiles>;

export function pkiFiles(run: string = RUN) {
  const directory = join(run, 'pki');
  const pair = (name: string) => ({ certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) });
  return {
    directory,
    authority: join(directory, 'ca.crt'),
    /** Signs and checks the tokens of service accounts. */
    serviceAccount: { key: join(directory, 'service-account.key'), publicKey: join(directory, 'service-account.pub') },
    pairs: {
      admin: pair('admin'),
      apiserver: pair('apiserver'),
      apiserverToKubelet: pair('apiserver-to-kubelet'),
      kubelet: pair('kubelet'),
    },
    kubeconfigs: { admin: join(run, 'kubeconfig'), kubelet: join(run, 'kubelet.kubeconfig') },
  };
}

/** Self-contained, so that it can be copied anywhere. */
export function kubeconfig(authority: string, client: Pair): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: NAME,
        cluster: { server: `https://${NODE_ADDRESS}:6443`, 'certificate-authority-data': base64(authority) },
      },
    ],
    users: [
      {
        name: NAME,
        user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) },
      },
    ],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
    'current-context': NAME,
  });
}

import { webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as X509 from '@peculiar/x509';
import { stringify } from 'yaml';
import { API_SERVICE_ADDRESS, NODE_ADDRESS } from './network.ts';
import { NAME, RUN } from './paths.ts';
import { provideReflect } from './reflect.ts';

/** Loads the library when it is needed: it refuses to load before the functions that it wants are there. */
async function loadX509(): Promise<typeof X509> {
  provideReflect();
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const YEAR_MS = 365 * 24 * 3600 * 1000;

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

interface Subject {
  readonly name: string;
  readonly group?: string;
  readonly dns?: readonly string[];
  readonly addresses?: readonly string[];
}

/** Everything that proves an identity in the sandbox: one authority, the certificates it signs, the token key. */
export async function createPki(files: PkiFiles = pkiFiles()): Promise<PkiFiles> {
  mkdirSync(files.directory, { recursive: true, mode: 0o700 });
  const x509 = await loadX509();
  const authority = await createAuthority(x509);
  const issue = async (name: keyof typeof files.pairs, subject: Subject) => {
    const pair = await issueCertificate(x509, authority, subject);
    write(files.pairs[name].certificate, pair.certificate);
    write(files.pairs[name].key, pair.key);
    return pair;
  };
  write(files.authority, authority.certificate.toString('pem'));
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
  const certificate = authority.certificate.toString('pem');
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

interface Authority {
  readonly certificate: X509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

async function createAuthority(x509: typeof X509): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${NAME}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

async function issueCertificate(x509: typeof X509, authority: Authority, subject: Subject): Promise<Pair> {
  const keys = await newKeys();
  const names: X509.JsonGeneralName[] = [
    ...(subject.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(subject.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [...(subject.group === undefined ? [] : [{ O: [subject.group] }]), { CN: [subject.name] }],
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey, 'pkcs8', 'PRIVATE') };
}

/** Valid since an hour ago: clocks inside and outside are one, but a certificate's seconds are rounded. */
function validity() {
  return { notBefore: new Date(Date.now() - 3600 * 1000), notAfter: new Date(Date.now() + YEAR_MS) };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey, format: 'pkcs8' | 'spki', kind: string): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey(format, key)).toString('base64');
  return `-----BEGIN ${kind} KEY-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END ${kind} KEY-----\n`;
}

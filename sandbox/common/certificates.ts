import { webcrypto } from 'node:crypto';
import type * as X509 from '@peculiar/x509';
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

/** PEM, both. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface Subject {
  readonly name: string;
  readonly group?: string;
  readonly dns?: readonly string[];
  readonly addresses?: readonly string[];
}

/** A certificate authority that lives as long as the process; its key never leaves it. */
export class Authority {
  private constructor(
    private readonly x509: typeof X509,
    private readonly self: X509.X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
  ) {}

  static async create(name: string): Promise<Authority> {
    const x509 = await loadX509();
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(x509, certificate, keys);
  }

  /** PEM. */
  get certificate(): string {
    return this.self.toString('pem');
  }

  async issue(subject: Subject): Promise<Pair> {
    const { x509 } = this;
    const keys = await newKeys();
    const names: X509.JsonGeneralName[] = [
      ...(subject.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
      ...(subject.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [...(subject.group === undefined ? [] : [{ O: [subject.group] }]), { CN: [subject.name] }],
      issuer: this.self.subject,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(this.keys.publicKey),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    });
    return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey, 'pkcs8', 'PRIVATE') };
  }
}

/** Valid since an hour ago: clocks inside and outside are one, but a certificate's seconds are rounded. */
function validity() {
  return { notBefore: new Date(Date.now() - 3600 * 1000), notAfter: new Date(Date.now() + YEAR_MS) };
}

export async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** @returns PEM. */
export async function exportKey(key: webcrypto.CryptoKey, format: 'pkcs8' | 'spki', kind: string): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey(format, key)).toString('base64');
  return `-----BEGIN ${kind} KEY-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END ${kind} KEY-----\n`;
}

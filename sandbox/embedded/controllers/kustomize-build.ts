import { createHash } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { parse, parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../api/objects.ts';

/** The files of an artifact, by their paths. */
export type Files = ReadonlyMap<string, string>;

/** One file of a build: encrypted or not, as it stands in the repository. */
export interface Manifest {
  readonly path: string;
  readonly text: string;
  /** What a kustomization.yaml on the way to it says. */
  readonly namespace?: string;
}

const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** All that is understood of a kustomization.yaml. */
const KNOWN = new Set(['apiVersion', 'kind', 'resources', 'namespace']);

/** @param digest `sha256:…` of the archive, as its source says. */
export async function fetchArtifact(url: string, digest: string | undefined): Promise<Files> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`failed to download archive, status: ${response.status} ${response.statusText}`);
  const archive = Buffer.from(await response.arrayBuffer());
  const is = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  if (digest !== undefined && digest !== is)
    throw new Error(`failed to verify archive: computed checksum doesn't match provided '${digest}'`);
  const files = new Map<string, string>();
  for await (const entry of Readable.from([archive]).pipe(createGunzip()).pipe(tar.extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    if (entry.header.type === 'file')
      files.set(path.posix.normalize(entry.header.name), Buffer.concat(chunks).toString('utf8'));
  }
  return files;
}

/** What is below a folder: as its kustomization.yaml says, else every manifest. @throws Error, as `kustomize build`. */
export function manifestsBelow(files: Files, folder: string): readonly Manifest[] {
  const below = path.posix.normalize(folder).replace(/\/$/, '');
  const inside = [...files.keys()].filter((file) => below === '.' || file.startsWith(`${below}/`));
  const own = NAMES.map((name) => path.posix.join(below, name)).find((file) => files.has(file));
  if (own === undefined)
    return inside
      .filter((file) => /\.ya?ml$/.test(file) && !NAMES.includes(path.posix.basename(file)))
      .sort()
      .map((file) => ({ path: file, text: files.get(file) ?? '' }));
  const kustomization = (parse(files.get(own) ?? '') ?? {}) as { resources?: string[]; namespace?: string };
  const unknown = Object.keys(kustomization).filter((key) => !KNOWN.has(key));
  if (unknown.length > 0)
    throw new Error(`this sandbox's Flux builds resources and namespace only, and ${own} has ${unknown.join(', ')}`);
  const { resources = [], namespace } = kustomization;
  const found = resources.flatMap((name): readonly Manifest[] => {
    const file = path.posix.join(below, name);
    const text = files.get(file);
    if (text !== undefined) return [{ path: file, text }];
    if ([...files.keys()].some((one) => one.startsWith(`${file}/`))) return manifestsBelow(files, file);
    throw new Error(
      `accumulating resources: accumulation err='accumulating resources from '${name}': open ${file}: no such file or directory'`,
    );
  });
  return found.map((manifest) => (namespace === undefined ? manifest : { ...manifest, namespace }));
}

/** The documents of a manifest. */
export function documentsOf(text: string): readonly Record<string, unknown>[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Record<string, unknown> | null)
    .filter((document) => document !== null);
}

/**
 * The objects of a manifest. Kustomize takes a List apart before Flux decrypts, so its items stay as they are in the
 * repository: SOPS' note is on the List.
 */
export function resourcesOf(asItIs: string, decrypted: string): readonly KubernetesObject[] {
  const raw = documentsOf(asItIs);
  return documentsOf(decrypted).flatMap((document, index) => {
    const items = /List$/.test(String(document['kind'])) ? raw[index]?.['items'] : undefined;
    return Array.isArray(items) ? (items as KubernetesObject[]) : [document];
  });
}

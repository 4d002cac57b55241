import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { z } from 'zod';
import { ApiError, type Store } from '../api/index.ts';
import type { CustomObject, KubernetesObject } from '../api/objects.ts';
import { apiVersionOf, RESOURCES } from '../api/resources.ts';
import { documentsOf, fetchArtifact, manifestsBelow, type Manifest } from './kustomize-build.ts';
import { keyOf, parseKey } from './object-key.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'kustomize-controller';
const GROUP = 'kustomize.toolkit.fluxcd.io';
const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';
const RETRY_WITHOUT_SOURCE_MS = 5_000;
const SOPS_TIMEOUT_MS = 30_000;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

const specSchema = z.object({
  path: z.string().default('./'),
  interval: z.string(),
  retryInterval: z.string().optional(),
  suspend: z.boolean().default(false),
  targetNamespace: z.string().optional(),
  sourceRef: z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() }),
  decryption: z.object({ provider: z.literal('sops'), secretRef: z.object({ name: z.string() }) }).optional(),
});
const sourceSchema = z.object({
  artifact: z.object({ url: z.string(), revision: z.string(), digest: z.string().optional() }).optional(),
});

type Spec = z.output<typeof specSchema>;
type Artifact = NonNullable<z.output<typeof sourceSchema>['artifact']>;

/** Why a Kustomization is not ready, by the name that Flux has for it. */
class NotReady extends Error {
  constructor(
    readonly reason: 'ArtifactFailed' | 'BuildFailed' | 'ReconciliationFailed',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Applies what Kustomizations point to, as Flux's kustomize-controller 1.9.6 does as far as a rotation sees it: when
 * they change, when they are asked to, when their source has another artifact, and at their interval. SOPS decrypts.
 * It looks at no health and prunes nothing.
 */
export class KustomizeController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));
  /** The generation that was tried last. */
  readonly #tried = new Map<string, number>();

  constructor(
    private readonly store: Store,
    /** A file for a Kustomization's age keys. */
    private readonly keyFile: string,
  ) {
    this.#queue.fedBy(
      store.subscribe('kustomizations', ({ type, object }) => {
        if (type !== 'DELETED' && this.#isDue(object)) this.#queue.add(keyOf(object));
      }),
      store.subscribe('gitrepositories', ({ object }) => {
        for (const one of store.list('kustomizations'))
          if (this.#sourceOf(one)?.metadata?.uid === object.metadata?.uid && this.#isBehind(one))
            this.#queue.add(keyOf(one));
      }),
    );
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #isDue(object: CustomObject): boolean {
    const { generation, annotations = {} } = object.metadata ?? {};
    const requested = annotations[REQUESTED_AT];
    return (
      this.#tried.get(keyOf(object)) !== generation ||
      (requested !== undefined && requested !== object.status?.['lastHandledReconcileAt'])
    );
  }

  #isBehind(object: CustomObject): boolean {
    const revision = sourceSchema.parse(this.#sourceOf(object)?.status ?? {}).artifact?.revision;
    return revision !== undefined && revision !== object.status?.['lastAttemptedRevision'];
  }

  #sourceOf({ metadata, spec }: CustomObject): CustomObject | undefined {
    const { kind, name, namespace = metadata?.namespace ?? '' } = specSchema.parse(spec).sourceRef;
    return kind === 'GitRepository' ? this.store.find('gitrepositories', { namespace, name }) : undefined;
  }

  async #reconcile(key: string): Promise<void> {
    const object = this.store.find('kustomizations', parseKey(key));
    if (object === undefined) return;
    this.#tried.set(key, object.metadata?.generation ?? 0);
    const spec = specSchema.parse(object.spec);
    if (spec.suspend) return;
    const handled = object.metadata?.annotations?.[REQUESTED_AT];
    const end = { lastHandledReconcileAt: handled };
    try {
      const artifact = this.#artifactOf(object);
      this.#write(
        key,
        { lastAttemptedRevision: artifact.revision },
        'Unknown',
        'Progressing',
        'Reconciliation in progress',
      );
      await this.#apply(key, spec, artifact);
      const applied = { lastAppliedRevision: artifact.revision, observedGeneration: object.metadata?.generation };
      this.#write(
        key,
        { ...end, ...applied },
        'True',
        'ReconciliationSucceeded',
        `Applied revision: ${artifact.revision}`,
      );
      this.#queue.add(key, milliseconds(spec.interval));
    } catch (error) {
      const known = error instanceof NotReady ? error : new NotReady('ReconciliationFailed', messageOf(error));
      this.#write(key, end, 'False', known.reason, known.message);
      const isWithoutSource = known.reason === 'ArtifactFailed';
      this.#queue.add(
        key,
        isWithoutSource ? RETRY_WITHOUT_SOURCE_MS : milliseconds(spec.retryInterval ?? spec.interval),
      );
    }
  }

  #artifactOf(object: CustomObject): Artifact {
    const { kind, name } = specSchema.parse(object.spec).sourceRef;
    const source = this.#sourceOf(object);
    if (source === undefined) throw new NotReady('ArtifactFailed', `${kind} '${name}' not found`);
    const { artifact } = sourceSchema.parse(source.status ?? {});
    if (artifact === undefined) throw new NotReady('ArtifactFailed', 'Source artifact not found, retrying in 5s');
    return artifact;
  }

  async #apply(key: string, spec: Spec, artifact: Artifact): Promise<void> {
    const files = await as('ArtifactFailed', () => fetchArtifact(artifact.url, artifact.digest));
    const manifests = await as('BuildFailed', () => manifestsBelow(files, spec.path));
    const { namespace } = parseKey(key);
    const objects: { readonly object: KubernetesObject; readonly namespace: string }[] = [];
    for (const manifest of manifests) {
      const text = await as('BuildFailed', () => this.#decrypted(namespace, spec, manifest));
      for (const document of documentsOf(text)) {
        const object = document as KubernetesObject;
        const own = spec.targetNamespace ?? manifest.namespace ?? object.metadata?.namespace ?? namespace;
        objects.push({ object, namespace: own });
      }
    }
    // Nothing is applied when one of them cannot be built.
    for (const { object, namespace: target } of objects) this.#applyObject(parseKey(key), object, target);
  }

  /** As Flux does, without looking at SOPS' MAC. */
  async #decrypted(namespace: string, { decryption }: Spec, { path, text }: Manifest): Promise<string> {
    const encrypted = documentsOf(text).filter((document) => 'sops' in document) as KubernetesObject[];
    const [first] = encrypted;
    if (first === undefined) return text;
    const name = first.metadata?.name ?? path;
    if (decryption === undefined) {
      const what = `${first.kind ?? ''}/${first.metadata?.namespace ?? namespace}/${name}`;
      throw new NotReady(
        'ReconciliationFailed',
        `${what} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`,
      );
    }
    const secret = this.store.find('secrets', { namespace, name: decryption.secretRef.name });
    if (secret === undefined)
      throw new Error(`cannot get sops decryption Secret '${namespace}/${decryption.secretRef.name}': not found`);
    const keys = Object.entries(secret.data ?? {}).filter(([entry]) => entry.endsWith('.agekey'));
    writeFileSync(this.keyFile, keys.map(([, value]) => Buffer.from(value, 'base64').toString('utf8')).join('\n'), {
      mode: 0o600,
    });
    const how = ['--ignore-mac', '--input-type', 'yaml', '--output-type', 'yaml', '--filename-override', path];
    const { stdout, stderr, exitCode } = await execa('sops', ['decrypt', ...how], {
      input: text,
      env: { PATH: process.env['PATH'], SOPS_AGE_KEY_FILE: this.keyFile },
      extendEnv: false,
      reject: false,
      timeout: SOPS_TIMEOUT_MS,
    });
    if (exitCode === 0) return stdout;
    throw new Error(
      `decryption failed for '${first.kind ?? ''}.v1.[noGrp]/${name}': ${stderr.trim().split('\n').slice(0, 3).join(' ')}`,
    );
  }

  #applyObject(kustomization: { namespace: string; name: string }, object: KubernetesObject, target: string): void {
    const resource = RESOURCES.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion);
    if (resource === undefined)
      throw new Error(`no matches for kind "${object.kind ?? ''}" in version "${object.apiVersion ?? ''}"`);
    const { name = '', ...metadata } = object.metadata ?? {};
    const key = { name, ...(resource.namespaced && { namespace: target }) };
    if (isLeftAlone(this.store.find(resource.name, key)) || isLeftAlone(object)) return;
    const labels = {
      ...metadata.labels,
      [`${GROUP}/name`]: kustomization.name,
      [`${GROUP}/namespace`]: kustomization.namespace,
    };
    const body = { ...object, metadata: { ...metadata, ...key, labels } };
    this.store.patch(resource.name, key, { type: 'apply', body }, { manager: MANAGER });
  }

  #write(key: string, more: object, status: 'True' | 'False' | 'Unknown', reason: string, message: string): void {
    const object = this.store.find('kustomizations', parseKey(key));
    if (object === undefined) return;
    const { generation } = object.metadata ?? {};
    const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const ready = { type: 'Ready', status, reason, message, observedGeneration: generation, lastTransitionTime };
    const body = { status: { ...more, conditions: [ready] } };
    this.store.patch(
      'kustomizations',
      parseKey(key),
      { type: 'merge', body },
      { manager: MANAGER, subresource: 'status' },
    );
  }
}

/** What went wrong in a part of the work gets the reason that Flux gives it. */
async function as<T>(reason: NotReady['reason'], work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof NotReady ? error : new NotReady(reason, messageOf(error));
  }
}

function isLeftAlone(object: KubernetesObject | undefined): boolean {
  const said = { ...object?.metadata?.labels, ...object?.metadata?.annotations };
  return said[`${GROUP}/reconcile`] === 'disabled' || said[`${GROUP}/ssa`] === 'Ignore';
}

/** A duration of Go, such as `1h` or `1m30s`. */
function milliseconds(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, value, unit = '']) => sum + Number(value) * (UNIT_MS[unit] ?? 0), 0);
}

function messageOf(error: unknown): string {
  return error instanceof ApiError || error instanceof Error ? error.message : String(error);
}

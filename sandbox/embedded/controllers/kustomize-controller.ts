import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { z } from 'zod';
import { ApiError, type Store } from '../api/index.ts';
import type { CustomObject, KubernetesObject } from '../api/objects.ts';
import { apiVersionOf, RESOURCES } from '../api/resources.ts';
import { documentsOf, fetchArtifact, manifestsBelow, resourcesOf, type Manifest } from './kustomize-build.ts';
import { HealthChecks, type Reference } from './kustomize-health.ts';
import { decoded, postBuildSchema, substituteAll } from './kustomize-post-build.ts';
import { keyOf, parseKey } from './object-key.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'kustomize-controller';
const GROUP = 'kustomize.toolkit.fluxcd.io';
const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';
const RETRY_WITHOUT_SOURCE_MS = 5_000;
const SOPS_TIMEOUT_MS = 30_000;
const SHORTEST_TIMEOUT_MS = 30_000;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

const specSchema = z.object({
  path: z.string().default('./'),
  interval: z.string(),
  retryInterval: z.string().optional(),
  suspend: z.boolean().default(false),
  targetNamespace: z.string().optional(),
  sourceRef: z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() }),
  decryption: z.object({ provider: z.literal('sops'), secretRef: z.object({ name: z.string() }) }).optional(),
  wait: z.boolean().default(false),
  timeout: z.string().optional(),
  healthChecks: z
    .array(z.object({ apiVersion: z.string(), kind: z.string(), name: z.string(), namespace: z.string().optional() }))
    .default([]),
  postBuild: postBuildSchema.optional(),
});
const sourceSchema = z.object({
  artifact: z.object({ url: z.string(), revision: z.string(), digest: z.string().optional() }).optional(),
});

type Spec = z.output<typeof specSchema>;
type Artifact = NonNullable<z.output<typeof sourceSchema>['artifact']>;

/** Why a Kustomization is not ready, by the name that Flux has for it. */
class NotReady extends Error {
  constructor(
    readonly reason: 'ArtifactFailed' | 'BuildFailed' | 'ReconciliationFailed' | 'HealthCheckFailed',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Applies what Kustomizations point to, as Flux's kustomize-controller 1.9.6 does as far as a rotation sees it: when
 * they change, when they are asked to, when their source has another artifact, and at their interval. SOPS decrypts.
 * With `wait` or `healthChecks` it looks at health, and tries no other revision meanwhile. It prunes nothing.
 */
export class KustomizeController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));
  /** The generation that was tried last. */
  readonly #tried = new Map<string, number>();
  readonly #health: HealthChecks;

  constructor(
    private readonly store: Store,
    /** A file for a Kustomization's age keys. */
    private readonly keyFile: string,
  ) {
    this.#health = new HealthChecks(store);
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
    this.#health.close();
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
    if (object === undefined || this.#health.holds(key)) return;
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
      const applied = await this.#apply(key, spec, artifact);
      const status = {
        ...end,
        lastAppliedRevision: artifact.revision,
        observedGeneration: object.metadata?.generation,
      };
      const succeed = (): void => {
        this.#write(key, status, 'True', 'ReconciliationSucceeded', `Applied revision: ${artifact.revision}`);
        this.#queue.add(key, milliseconds(spec.interval));
      };
      const checked = spec.wait
        ? applied
        : spec.healthChecks.map(({ namespace, ...one }) => referenceOf(one, namespace));
      if (checked.length === 0) succeed();
      else
        this.#health.look(key, checked, timeoutOf(spec), {
          succeed,
          fail: (why) => this.#fail(key, spec, end, new NotReady('HealthCheckFailed', why)),
          again: () => this.#queue.add(key),
        });
    } catch (error) {
      this.#fail(key, spec, end, error);
    }
  }

  #fail(key: string, spec: Spec, end: object, error: unknown): void {
    const known = error instanceof NotReady ? error : new NotReady('ReconciliationFailed', messageOf(error));
    this.#write(key, end, 'False', known.reason, known.message);
    const isWithoutSource = known.reason === 'ArtifactFailed';
    this.#queue.add(key, isWithoutSource ? RETRY_WITHOUT_SOURCE_MS : milliseconds(spec.retryInterval ?? spec.interval));
  }

  #artifactOf(object: CustomObject): Artifact {
    const { kind, name } = specSchema.parse(object.spec).sourceRef;
    const source = this.#sourceOf(object);
    if (source === undefined) throw new NotReady('ArtifactFailed', `${kind} '${name}' not found`);
    const { artifact } = sourceSchema.parse(source.status ?? {});
    if (artifact === undefined) throw new NotReady('ArtifactFailed', 'Source artifact not found, retrying in 5s');
    return artifact;
  }

  /** @returns what it applied. */
  async #apply(key: string, spec: Spec, artifact: Artifact): Promise<readonly Reference[]> {
    const files = await as('ArtifactFailed', () => fetchArtifact(artifact.url, artifact.digest));
    const manifests = await as('BuildFailed', () => manifestsBelow(files, spec.path));
    const { namespace } = parseKey(key);
    const objects: { readonly object: KubernetesObject; readonly namespace: string }[] = [];
    for (const manifest of manifests) {
      const text = await as('BuildFailed', () => this.#decrypted(namespace, spec, manifest));
      for (const document of resourcesOf(manifest.text, text)) {
        const object = await as('BuildFailed', () => this.#substituted(namespace, spec, document));
        const own = spec.targetNamespace ?? manifest.namespace ?? object.metadata?.namespace ?? namespace;
        objects.push({ object, namespace: own });
      }
    }
    // Nothing is applied when one of them cannot be built.
    return objects.map(({ object, namespace: target }) => this.#applyObject(parseKey(key), object, target));
  }

  #substituted(namespace: string, { postBuild }: Spec, object: KubernetesObject): KubernetesObject {
    if (postBuild === undefined) return object;
    const from = postBuild.substituteFrom.map(({ kind, name, optional }) => {
      const { data } = this.store.find(kind === 'Secret' ? 'secrets' : 'configmaps', { namespace, name }) ?? {};
      if (data === undefined && !optional)
        throw new Error(`post build failed: substitute from '${kind}/${name}' error: not found`);
      return kind === 'Secret' ? decoded(data) : (data ?? {});
    });
    const values = Object.assign({}, ...from, postBuild.substitute) as Record<string, string>;
    return substituteAll(object, values);
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

  #applyObject(
    kustomization: { namespace: string; name: string },
    object: KubernetesObject,
    target: string,
  ): Reference {
    const resource = RESOURCES.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion);
    if (resource === undefined)
      throw new Error(`no matches for kind "${object.kind ?? ''}" in version "${object.apiVersion ?? ''}"`);
    const { name = '', ...metadata } = object.metadata ?? {};
    const key = { name, ...(resource.namespaced && { namespace: target }) };
    const reference = { resource: resource.name, key };
    if (isLeftAlone(this.store.find(resource.name, key)) || isLeftAlone(object)) return reference;
    const labels = {
      ...metadata.labels,
      [`${GROUP}/name`]: kustomization.name,
      [`${GROUP}/namespace`]: kustomization.namespace,
    };
    const body = { ...object, metadata: { ...metadata, ...key, labels } };
    this.store.patch(resource.name, key, { type: 'apply', body }, { manager: MANAGER });
    return reference;
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

function referenceOf(one: { readonly kind: string; readonly name: string }, namespace = ''): Reference {
  const resource = RESOURCES.find(({ kind }) => kind === one.kind);
  if (resource === undefined) throw new Error(`no matches for kind "${one.kind}"`);
  return { resource: resource.name, key: { name: one.name, namespace } };
}

/** As Flux has it: without a timeout 30 s less than the interval, and never less than 30 s. */
function timeoutOf({ timeout, interval }: Spec): number {
  const own = timeout === undefined ? milliseconds(interval) - SHORTEST_TIMEOUT_MS : milliseconds(timeout);
  return Math.max(SHORTEST_TIMEOUT_MS, own);
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

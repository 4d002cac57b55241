import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from './errors.ts';
import { History } from './history.ts';
import { managedFieldsAfter } from './managed-fields.ts';
import type { Kinds, KubernetesObject, ObjectMeta, ResourceName } from './objects.ts';
import { patched } from './patches.ts';
import { RESOURCES, apiVersionOf, describeResource, qualifiedName, type Resource } from './resources.ts';
import {
  content,
  copy,
  desired,
  frozen,
  hasFinalizers,
  hasGeneration,
  isFinalized,
  keyOf,
  mapKey,
  metadataAfter,
  timestamp,
  withoutStatus,
} from './object-parts.ts';
import { fieldTest, labelTest } from './selectors.ts';
import type { Admission, Change, DeleteOptions, Key, ListOptions, Patch, Store, WriteOptions } from './store-types.ts';
import { validate, withDefaults } from './validation.ts';

/** Until a pod is ended by force, in seconds: Kubernetes' default. */
const GRACE_SECONDS = 30;

export function createStore(options: { readonly now?: () => Date } = {}): Store {
  return new MemoryStore(options.now ?? (() => new Date()));
}

class MemoryStore implements Store {
  readonly #objects = new Map<ResourceName, Map<string, KubernetesObject>>();
  readonly #admissions = new Map<ResourceName, Set<Admission>>();
  readonly #history = new History();
  #version = 1;

  constructor(private readonly now: () => Date) {}

  get version(): number {
    return this.#version;
  }

  create<Name extends ResourceName>(name: Name, given: Kinds[Name], options: WriteOptions = {}): Kinds[Name] {
    return this.#create(name, given, options);
  }

  #create<Name extends ResourceName>(
    name: Name,
    given: Kinds[Name],
    options: WriteOptions,
    applied = false,
  ): Kinds[Name] {
    const resource = describeResource(name);
    const object = withDefaults(resource, copy(given));
    const metadata = { ...object.metadata };
    if (metadata.name === undefined && metadata.generateName !== undefined) {
      metadata.name = `${metadata.generateName}${randomUUID().slice(0, 5)}`;
    }
    if (metadata.resourceVersion !== undefined) {
      throw ApiError.badRequest('resourceVersion should not be set on objects to be created');
    }
    this.#demandNamespace(resource, metadata);
    const { name: objectName = '', namespace } = metadata;
    if (this.#find(name, { namespace, name: objectName }) !== undefined) {
      throw ApiError.alreadyExists(qualifiedName(resource), objectName);
    }
    const created: KubernetesObject = {
      ...(resource.status && options.subresource === undefined ? withoutStatus(object) : object),
      metadata: {
        ...metadata,
        uid: randomUUID(),
        creationTimestamp: timestamp(this.now()),
        ...(hasGeneration(resource) && { generation: 1 }),
      },
    };
    return this.#write(resource, undefined, created, options, applied) as Kinds[Name];
  }

  find<Name extends ResourceName>(name: Name, key: Key): Kinds[Name] | undefined {
    return this.#find(name, key) as Kinds[Name] | undefined;
  }

  get<Name extends ResourceName>(name: Name, key: Key): Kinds[Name] {
    const found = this.find(name, key);
    if (found === undefined) throw ApiError.notFound(qualifiedName(describeResource(name)), key.name);
    return found;
  }

  list<Name extends ResourceName>(name: Name, options: ListOptions = {}): readonly Kinds[Name][] {
    const [byLabel, byField] = [labelTest(options.labelSelector), fieldTest(options.fieldSelector)];
    const { namespace } = options;
    return [...(this.#objects.get(name)?.entries() ?? [])]
      .filter(([, { metadata }]) => namespace === undefined || metadata?.namespace === namespace)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object)
      .filter((object) => byLabel(object) && byField(object)) as Kinds[Name][];
  }

  update<Name extends ResourceName>(name: Name, given: Kinds[Name], options: WriteOptions = {}): Kinds[Name] {
    const old = this.get(name, keyOf(given));
    return this.#replace(name, old, copy(given), options);
  }

  patch<Name extends ResourceName>(name: Name, key: Key, patch: Patch, options: WriteOptions = {}): Kinds[Name] {
    const resource = describeResource(name);
    const old = this.find(name, key);
    if (old === undefined && patch.type === 'apply') {
      const body = patch.body as Kinds[Name];
      return this.#create(name, { ...body, metadata: { ...body.metadata, ...key } }, options, true);
    }
    const found = old ?? this.get(name, key);
    if (resource.custom && patch.type === 'strategic') {
      throw new ApiError(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      );
    }
    const version = (patch.body as KubernetesObject).metadata?.resourceVersion;
    const result = copy(patched(found, patch)) as Kinds[Name];
    // Without a precondition of its own, a patch is for whatever stands there.
    if (patch.type !== 'json' && version === undefined) delete result.metadata?.resourceVersion;
    return this.#replace(name, found, result, options, patch.type === 'apply');
  }

  delete<Name extends ResourceName>(name: Name, key: Key, options: DeleteOptions = {}): Kinds[Name] {
    const resource = describeResource(name);
    const old = this.get(name, key);
    const { uid, resourceVersion } = old.metadata ?? {};
    for (const [what, wanted, is] of [
      ['UID', options.uid, uid],
      ['ResourceVersion', options.resourceVersion, resourceVersion],
    ]) {
      if (wanted === undefined || wanted === is) continue;
      const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${is}`;
      throw ApiError.conflict(qualifiedName(resource), key.name, why);
    }
    this.#admit({ operation: 'DELETE', resource: name, object: old, old, options });
    if (options.dryRun === true) return old;
    // As the real one counts it: the deletion of an object with a finalizer is a new generation.
    if (hasFinalizers(old)) return this.#markDeleted(resource, old, 0) as Kinds[Name];
    const grace =
      options.gracePeriodSeconds ?? (old as Kinds['pods']).spec?.terminationGracePeriodSeconds ?? GRACE_SECONDS;
    return name === 'pods' && grace > 0
      ? (this.#markDeleted(resource, old, grace) as Kinds[Name])
      : (this.#remove(name, old) as Kinds[Name]);
  }

  subscribe<Name extends ResourceName>(name: Name, listener: (change: Change<Name>) => void): () => void {
    return this.#history.subscribe(name, (change) => listener(change as Change<Name>));
  }

  admit(name: ResourceName, admission: Admission): () => void {
    const admissions = this.#admissions.get(name) ?? new Set();
    this.#admissions.set(name, admissions.add(admission));
    return () => admissions.delete(admission);
  }

  since<Name extends ResourceName>(name: Name, version: number): readonly Change<Name>[] {
    return this.#history.since(name, version) as readonly Change<Name>[];
  }

  compact(): void {
    this.#history.compact(
      RESOURCES.map(({ name }) => name),
      this.#version,
    );
  }

  /** Puts what was written in the place of the old object, but for what a write of that kind may not touch. */
  #replace<Name extends ResourceName>(
    name: Name,
    old: Kinds[Name],
    written: Kinds[Name],
    options: WriteOptions,
    applied = false,
  ): Kinds[Name] {
    const resource = describeResource(name);
    const { metadata: was = {} } = old;
    const expected = written.metadata?.resourceVersion;
    if (expected !== undefined && expected !== was.resourceVersion) {
      const why = 'the object has been modified; please apply your changes to the latest version and try again';
      throw ApiError.conflict(qualifiedName(resource), was.name ?? '', why);
    }
    if (written.metadata?.uid !== undefined && written.metadata.uid !== was.uid) {
      throw ApiError.conflict(qualifiedName(resource), was.name ?? '', 'Precondition failed: UID in precondition');
    }
    const { status, ...rest } = withDefaults(resource, written) as KubernetesObject & { status?: unknown };
    const kept = (old as { status?: unknown }).status;
    const body: KubernetesObject =
      options.subresource === 'status'
        ? { ...old, ...(status !== undefined && { status }) }
        : {
            ...rest,
            ...(resource.status ? kept !== undefined && { status: kept } : status !== undefined && { status }),
          };
    const metadata = options.subresource === 'status' ? was : metadataAfter(was, written.metadata ?? {});
    const next: KubernetesObject = copy({ ...body, metadata });
    if (hasGeneration(resource) && !isDeepStrictEqual(desired(old), desired(next))) {
      next.metadata = { ...metadata, generation: (was.generation ?? 1) + 1 };
    }
    const stored = this.#write(resource, old, next, options, applied) as Kinds[Name];
    return isFinalized(stored, old) && options.dryRun !== true ? (this.#remove(name, stored) as Kinds[Name]) : stored;
  }

  #write(
    resource: Resource,
    old: KubernetesObject | undefined,
    next: KubernetesObject,
    options: WriteOptions,
    applied = false,
  ): KubernetesObject {
    validate(resource, next, old);
    const object = old === undefined ? next : copy(next);
    this.#admit({
      operation: old === undefined ? 'CREATE' : 'UPDATE',
      resource: resource.name,
      object: object,
      old: old,
      options,
    });
    const managed = old?.metadata?.managedFields ?? [];
    const unchanged = old !== undefined && isDeepStrictEqual(content(old), content(object));
    if (unchanged) return old;
    const writer = {
      manager: options.manager ?? 'unknown',
      operation: applied ? ('Apply' as const) : ('Update' as const),
      apiVersion: apiVersionOf(resource),
      time: timestamp(this.now()),
      subresource: options.subresource,
    };
    const version = this.#version + 1;
    const stored = frozen({
      ...object,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: {
        ...object.metadata,
        resourceVersion: String(version),
        managedFields: managedFieldsAfter(managed, old ?? {}, object, writer),
      },
    });
    if (options.dryRun === true) return stored;
    this.#version = version;
    const objects = this.#objects.get(resource.name) ?? new Map<string, KubernetesObject>();
    this.#objects.set(resource.name, objects.set(mapKey(keyOf(stored)), stored));
    this.#record(resource.name, old === undefined ? 'ADDED' : 'MODIFIED', stored, old);
    return stored;
  }

  /** A pod is ended by whoever runs it, who then removes it; another object by whoever removes its last finalizer. */
  #markDeleted(resource: Resource, old: KubernetesObject, graceSeconds: number): Kinds[ResourceName] {
    if (old.metadata?.deletionTimestamp !== undefined) return old;
    const deletionTimestamp = timestamp(new Date(this.now().getTime() + graceSeconds * 1_000));
    const { generation = 1 } = old.metadata ?? {};
    const counted = resource.name !== 'pods' && hasGeneration(resource) && { generation: generation + 1 };
    const metadata = { ...old.metadata, deletionTimestamp, deletionGracePeriodSeconds: graceSeconds, ...counted };
    return this.#write(resource, old, { ...old, metadata }, {});
  }

  #remove(name: ResourceName, old: KubernetesObject): Kinds[ResourceName] {
    this.#version += 1;
    const last = frozen({ ...old, metadata: { ...old.metadata, resourceVersion: String(this.#version) } });
    this.#objects.get(name)?.delete(mapKey(keyOf(old)));
    this.#record(name, 'DELETED', last, undefined);
    return last;
  }

  #record(name: ResourceName, type: Change['type'], object: KubernetesObject, old: KubernetesObject | undefined): void {
    const change = { type, object: object };
    this.#history.record(name, this.#version, old === undefined ? change : { ...change, previous: old });
  }

  #find(name: ResourceName, key: Key): KubernetesObject | undefined {
    return this.#objects.get(name)?.get(mapKey(key));
  }

  #admit(write: Parameters<Admission>[0]): void {
    for (const admission of this.#admissions.get(write.resource) ?? []) admission(write);
  }

  #demandNamespace(resource: Resource, { namespace }: ObjectMeta): void {
    if (!resource.namespaced) return;
    if (namespace === undefined) throw ApiError.badRequest('an object of this resource needs metadata.namespace');
    if (this.#find('namespaces', { name: namespace }) === undefined) throw ApiError.notFound('namespaces', namespace);
  }
}

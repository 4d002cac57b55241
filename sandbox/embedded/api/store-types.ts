import type { Kinds, ResourceName } from './objects.ts';

/** One change, in the order in which they were made. */
export interface Change<Resource extends ResourceName = ResourceName> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Kinds[Resource];
  /** The object before a `MODIFIED`. */
  readonly previous?: Kinds[Resource];
}

export interface WriteOptions {
  /** Who writes, for `metadata.managedFields`. Default: `unknown`. */
  readonly manager?: string;
  /** `status` writes nothing but the status; without it a write of a resource with that subresource leaves it alone. */
  readonly subresource?: 'status';
  /** Everything but the writing: `dryRun=All`. */
  readonly dryRun?: boolean;
}

export interface ListOptions {
  /** Default: of all namespaces. */
  readonly namespace?: string;
  /** As in the API's query: `app=litellm,tier in (a,b),!canary`. */
  readonly labelSelector?: string;
  /** As in the API's query: `metadata.name=x`, `status.phase!=Failed`. */
  readonly fieldSelector?: string;
}

export interface Key {
  readonly namespace?: string;
  readonly name: string;
}

export type Patch =
  | { readonly type: 'merge' | 'strategic' | 'apply'; readonly body: object }
  | { readonly type: 'json'; readonly body: readonly object[] };

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** A pod whose period is not 0 is only marked (`deletionTimestamp`); whoever runs it deletes it with 0 in the end. */
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
}

/** A write before it is made. May throw an `ApiError` to refuse it. Status subresources and dry runs are seen too. */
export type Admission = (write: {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly resource: ResourceName;
  readonly object: Kinds[ResourceName];
  readonly old?: Kinds[ResourceName];
  readonly options: WriteOptions;
}) => void;

/**
 * The objects of the cluster, in memory. Everything is synchronous, so nothing comes between a read and the write
 * after it. What it returns is frozen and never changes; what it is given it copies. It throws `ApiError`.
 */
export interface Store {
  create<Resource extends ResourceName>(
    resource: Resource,
    object: Kinds[Resource],
    options?: WriteOptions,
  ): Kinds[Resource];

  find<Resource extends ResourceName>(resource: Resource, key: Key): Kinds[Resource] | undefined;

  /** @throws ApiError 404 when there is none. */
  get<Resource extends ResourceName>(resource: Resource, key: Key): Kinds[Resource];

  /** Sorted by namespace and name. */
  list<Resource extends ResourceName>(resource: Resource, options?: ListOptions): readonly Kinds[Resource][];

  /** Replaces the object. @throws ApiError 409 when `metadata.resourceVersion` is given and not the current one. */
  update<Resource extends ResourceName>(
    resource: Resource,
    object: Kinds[Resource],
    options?: WriteOptions,
  ): Kinds[Resource];

  /** A change that changes nothing keeps the version. `apply` creates what is not there. */
  patch<Resource extends ResourceName>(
    resource: Resource,
    key: Key,
    patch: Patch,
    options?: WriteOptions,
  ): Kinds[Resource];

  delete<Resource extends ResourceName>(resource: Resource, key: Key, options?: DeleteOptions): Kinds[Resource];

  /**
   * Calls the listener for every later change of the resource, in order, soon after the write has returned (never
   * within it). What is there already is not told: `list` first, in the same turn.
   * @returns what ends it.
   */
  subscribe<Resource extends ResourceName>(
    resource: Resource,
    listener: (change: Change<Resource>) => void,
  ): () => void;

  /** @returns what takes it away again. */
  admit(resource: ResourceName, admission: Admission): () => void;

  /** The version of the newest change. */
  readonly version: number;

  /**
   * The changes of the resource after that version.
   * @throws ApiError 410 when some of them are forgotten.
   */
  since<Resource extends ResourceName>(resource: Resource, version: number): readonly Change<Resource>[];

  /** Forgets every change until now, as etcd's compaction does: watches from an older version get a 410. */
  compact(): void;
}

import { ApiError } from './errors.ts';
import type { ResourceName } from './objects.ts';
import type { Change } from './store-types.ts';

/** So many changes of a resource are kept for watches that begin in the past. */
const KEPT = 1_000;

interface Recorded {
  readonly version: number;
  readonly change: Change;
}

/** What has changed, for watches that go on from a version. */
export class History {
  readonly #changes = new Map<ResourceName, Recorded[]>();
  readonly #forgotten = new Map<ResourceName, number>();
  readonly #listeners = new Map<ResourceName, Set<(change: Change) => void>>();

  record(resource: ResourceName, version: number, change: Change): void {
    const changes = this.#changes.get(resource) ?? [];
    changes.push({ version, change });
    if (changes.length > KEPT) this.#forgotten.set(resource, changes.shift()?.version ?? 0);
    this.#changes.set(resource, changes);
    for (const listener of this.#listeners.get(resource) ?? []) {
      queueMicrotask(() => {
        // It may have ended since.
        if (this.#listeners.get(resource)?.has(listener) === true) listener(change);
      });
    }
  }

  since(resource: ResourceName, version: number): readonly Change[] {
    const forgotten = this.#forgotten.get(resource) ?? 0;
    if (version < forgotten) throw ApiError.expired(version, forgotten);
    return (this.#changes.get(resource) ?? []).filter((entry) => entry.version > version).map(({ change }) => change);
  }

  /** Forgets everything until the version. */
  compact(resources: readonly ResourceName[], version: number): void {
    this.#changes.clear();
    for (const resource of resources) this.#forgotten.set(resource, version);
  }

  subscribe(resource: ResourceName, listener: (change: Change) => void): () => void {
    const listeners = this.#listeners.get(resource) ?? new Set();
    this.#listeners.set(resource, listeners);
    const own = (change: Change): void => listener(change);
    listeners.add(own);
    return () => listeners.delete(own);
  }
}

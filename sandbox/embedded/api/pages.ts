import { randomUUID } from 'node:crypto';
import { ApiError } from './errors.ts';
import type { KubernetesObject, ResourceName } from './objects.ts';
import type { Store } from './store-types.ts';

/** So many lists are kept for those who have not read them to their end. */
const KEPT = 100;

export interface Page {
  /** That of the whole list: later changes stand on none of its pages. */
  readonly version: number;
  readonly items: readonly KubernetesObject[];
  /** What the next page is asked for by; absent on the last one. */
  readonly next?: string;
  /** How many objects are on later pages. */
  readonly left: number;
}

interface Rest {
  readonly resource: ResourceName;
  readonly version: number;
  readonly items: readonly KubernetesObject[];
}

/** Lists in pages, all of them of the version of the first one, which etcd keeps until it is compacted. */
export class Pages {
  readonly #rests = new Map<string, Rest>();

  constructor(private readonly store: Store) {}

  /** @param limit the number of objects on a page; 0: all. */
  first(resource: ResourceName, items: readonly KubernetesObject[], limit: number): Page {
    return this.#page({ resource, version: this.store.version, items }, limit);
  }

  /** @throws ApiError 400 when `token` is no `continue` of ours, 410 when the version of its list is forgotten. */
  next(resource: ResourceName, token: string, limit: number): Page {
    const rest = this.#rests.get(token);
    if (rest?.resource !== resource) throw ApiError.badRequest('continue key is not valid: it is of no list');
    try {
      this.store.since(resource, rest.version);
    } catch {
      throw new ApiError(
        410,
        'Expired',
        'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
      );
    }
    return this.#page(rest, limit);
  }

  #page({ resource, version, items }: Rest, limit: number): Page {
    const size = limit === 0 ? items.length : limit;
    const [page, later] = [items.slice(0, size), items.slice(size)];
    if (later.length === 0) return { version, items: page, left: 0 };
    const next = randomUUID();
    this.#rests.set(next, { resource, version, items: later });
    const [oldest] = this.#rests.keys();
    if (this.#rests.size > KEPT && oldest !== undefined) this.#rests.delete(oldest);
    return { version, items: page, next, left: later.length };
  }
}

import { ApiError, type Kinds, type Store } from '../api/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { timestamp } from '../pods/pod-status.ts';
import { keyOf, parseKey } from './object-key.ts';
import { WorkQueue } from './work-queue.ts';

type Secret = Kinds['secrets'];
type Annotations = Readonly<Record<string, string>>;

/** One who keeps a Secret as a copy of another; the copy's annotation names its source. */
interface Copier {
  readonly from: string;
  /** What it notes on a copy that it made: the version of the source, and when. */
  readonly version: string;
  readonly at: string;
  /** Whether the source's annotations let it. */
  readonly isAllowed: (source: Annotations, namespace: string) => boolean;
  /** Keys that only the copy has stay. */
  readonly keeps: boolean;
}

const REFLECTOR = 'reflector.v1.k8s.emberstack.com';
const REPLICATOR = 'replicator.v1.mittwald.de';

const COPIERS: readonly Copier[] = [
  {
    from: `${REFLECTOR}/reflects`,
    version: `${REFLECTOR}/reflected-version`,
    at: `${REFLECTOR}/reflected-at`,
    isAllowed: (source, namespace) =>
      source[`${REFLECTOR}/reflection-allowed`] === 'true' &&
      names(source[`${REFLECTOR}/reflection-allowed-namespaces`], namespace),
    keeps: false,
  },
  {
    from: `${REPLICATOR}/replicate-from`,
    version: `${REPLICATOR}/replicated-from-version`,
    at: `${REPLICATOR}/replicated-at`,
    isAllowed: (source, namespace) =>
      source[`${REPLICATOR}/replication-allowed`] === 'true' &&
      names(source[`${REPLICATOR}/replication-allowed-namespaces`], namespace),
    keeps: true,
  },
  // What an ExternalSecret makes of another Secret of the cluster; here the Secret itself names its source.
  {
    from: 'sandbox.cnpg-rotator/external-secret-of',
    version: 'reconcile.external-secrets.io/data-hash',
    at: 'sandbox.cnpg-rotator/external-secret-at',
    isAllowed: () => true,
    keeps: false,
  },
];

/** An annotation of a copy: it follows its source so many milliseconds after the change. */
export const COPIED_AFTER = 'sandbox.cnpg-rotator/copied-after-ms';

/**
 * Keeps Secrets that are copies of others as Reflector 9, kubernetes-replicator 2 and External Secrets do: when the source has another
 * version than the copy notes. Whoever writes into a copy is not corrected until its source changes again.
 */
export class Copies {
  readonly #queue = new WorkQueue((key) => this.#copy(key));

  constructor(
    private readonly store: Store,
    private readonly behaviour: Behaviour,
  ) {
    for (const secret of store.list('secrets')) this.#see(secret);
    this.#queue.fedBy(
      store.subscribe('secrets', ({ type, object }) => {
        if (type !== 'DELETED') this.#see(object);
      }),
    );
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  /** A Secret may be a copy, or the source of some. */
  #see(secret: Secret): void {
    const of = keyOf(secret);
    const copies = this.store.list('secrets').filter((one) => copierOf(one)?.from === of);
    for (const copy of [secret, ...copies]) {
      if (copierOf(copy) === undefined) continue;
      const delay = Number(copy.metadata?.annotations?.[COPIED_AFTER] ?? this.behaviour.copyDelayMs);
      this.#queue.add(keyOf(copy), delay);
    }
  }

  #copy(key: string): void {
    const copy = this.store.find('secrets', parseKey(key));
    const { copier, from = '' } = (copy && copierOf(copy)) ?? {};
    const source = this.store.find('secrets', parseKey(from));
    if (copy === undefined || copier === undefined || source === undefined) return;
    const { namespace = '', name = '', annotations = {} } = copy.metadata ?? {};
    const { resourceVersion = '', annotations: allows = {} } = source.metadata ?? {};
    if (annotations[copier.version] === resourceVersion || !copier.isAllowed(allows, namespace)) return;
    const gone = copier.keeps ? [] : Object.keys(copy.data ?? {}).filter((one) => source.data?.[one] === undefined);
    const body = {
      metadata: { annotations: { [copier.version]: resourceVersion, [copier.at]: timestamp(new Date()) } },
      data: { ...Object.fromEntries(gone.map((one) => [one, null])), ...source.data },
    };
    try {
      this.store.patch('secrets', { namespace, name }, { type: 'merge', body }, { manager: 'copier' });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }
}

/** Who keeps it, and its source as `namespace/name`. */
function copierOf({ metadata }: Secret): { readonly copier: Copier; readonly from: string } | undefined {
  for (const copier of COPIERS) {
    const from = metadata?.annotations?.[copier.from];
    if (from !== undefined) return { copier, from };
  }
  return undefined;
}

/** Comma-separated names or regular expressions; nothing means all. */
function names(list: string | undefined, namespace: string): boolean {
  const patterns = (list ?? '').split(',').map((one) => one.trim());
  return patterns.every((one) => one === '') || patterns.some((one) => new RegExp(`^(?:${one})$`).test(namespace));
}

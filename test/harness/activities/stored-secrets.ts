import type { Kinds, Store } from '../../../sandbox/embedded/api/index.ts';
import type { FieldManager, OwnerReference } from '../../../src/domain/secrets/owners.ts';
import type { LiveSecret } from '../../../src/kubernetes/secrets.ts';

/** Besides its values, of a Secret that a test writes. Labels and annotations stay as they are where none are given. */
export interface SecretPut {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  /** Who applies the Secret server-side. */
  readonly fieldManagers?: readonly FieldManager[];
  /** Who writes the Secret, and when. */
  readonly lastWriter?: { readonly manager: string; readonly at: string };
}

const decode = (data: Readonly<Record<string, string>> = {}): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, new Uint8Array(Buffer.from(value, 'base64'))]));

/** The Secrets of one namespace, as a test looks at them in the embedded API server's store. */
export class StoredSecrets {
  constructor(
    private readonly store: Store,
    private readonly namespace: string,
  ) {}

  get(
    name: string,
  ): Pick<LiveSecret, 'name' | 'uid' | 'resourceVersion' | 'type' | 'labels' | 'annotations' | 'data'> | undefined {
    const found = this.store.find('secrets', { namespace: this.namespace, name });
    if (found === undefined) return undefined;
    const { uid = '', resourceVersion = '', labels = {}, annotations = {} } = found.metadata ?? {};
    return { name, uid, resourceVersion, type: found.type ?? '', labels, annotations, data: decode(found.data) };
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  keys(): readonly string[] {
    return this.store.list('secrets', { namespace: this.namespace }).map(({ metadata }) => metadata?.name ?? '');
  }

  delete(name: string): void {
    this.store.delete('secrets', { namespace: this.namespace, name });
  }

  /** Writes the Secret whole. */
  put(name: string, values: Readonly<Record<string, string>>, more: SecretPut = {}): void {
    const before = this.get(name);
    const { labels = before?.labels ?? {}, annotations = before?.annotations ?? {}, ownerReferences = [] } = more;
    const data = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );
    const secret: Kinds['secrets'] = {
      metadata: {
        ...{ namespace: this.namespace, name, labels: { ...labels }, annotations: { ...annotations } },
        ownerReferences: ownerReferences.map((owner) => ({ ...owner, uid: 'uid-of-the-owner' })),
      },
      type: before?.type ?? 'Opaque',
      data,
    };
    const [applier] = more.fieldManagers ?? [];
    const manager = applier?.manager ?? more.lastWriter?.manager ?? 'test';
    if (applier?.operation === 'Apply')
      this.store.patch('secrets', { namespace: this.namespace, name }, { type: 'apply', body: secret }, { manager });
    else if (before === undefined) this.store.create('secrets', secret, { manager });
    else this.store.update('secrets', secret, { manager });
  }
}

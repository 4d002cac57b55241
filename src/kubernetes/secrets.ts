import type { V1ManagedFieldsEntry, V1ObjectMeta, V1OwnerReference, V1Secret } from '@kubernetes/client-node';
import { objectName } from '../domain/component.ts';
import { SECRETS_PER_PAGE } from '../domain/budgets.ts';
import { MACHINE_TYPES, type SecretData } from '../domain/secrets/secret-data.ts';
import type { FieldManager, OwnerReference } from '../domain/secrets/owners.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { isConflict, isNotFound } from './errors.ts';
import { expectedOfPage, listInPages, type PageOr } from './pages.ts';

/** A Secret as the API holds it, its values decoded. */
export interface LiveSecret {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly type: string;
  readonly data: SecretData;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
  /** When somebody last changed its data, by the API server's record. */
  readonly dataChangedAt?: Date;
  /** Who last wrote the Secret, and when, by the API server's record. */
  readonly lastWriter?: { readonly manager: string; readonly at: string };
  /** The objects that own the Secret. */
  readonly ownerReferences?: readonly OwnerReference[];
  /** Which manager owns which of the Secret's keys. */
  readonly fieldManagers?: readonly FieldManager[];
}

export interface SecretChange {
  readonly data: SecretData;
  /** Keys that are taken away. */
  readonly without?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** `null` takes an annotation away. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** Default: the product's own. */
  readonly fieldManager?: string;
  /** The version on which the change was decided. Another version is a conflict. */
  readonly resourceVersion: string;
}

export class Secrets {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns the Secret, or `undefined` when there is none. */
  async find(namespace: string, name: string): Promise<LiveSecret | undefined> {
    const secret = await this.connection.call<V1Secret | 'absent'>(
      `read ${objectName('Secret', namespace, name)}`,
      (options) => this.connection.core.readNamespacedSecret({ namespace, name }, options),
      (error) => (isNotFound(error) ? 'absent' : undefined),
    );
    return secret === 'absent' ? undefined : decode(secret);
  }

  /**
   * Reads pages, so that no page takes too long for one call on a slow line, and a failure repeats only one page.
   * @returns every Secret of the namespace that could hold a password, or `undefined` when they may not be listed.
   */
  async list(namespace: string): Promise<readonly LiveSecret[] | undefined> {
    const what = `the Secrets of namespace ${namespace}`;
    const fieldSelector = MACHINE_TYPES.map((type) => `type!=${type}`).join(',');
    return listInPages(
      what,
      (from) =>
        this.connection.call<PageOr<V1Secret>>(
          `list ${what}`,
          (options) =>
            this.connection.core.listNamespacedSecret(
              { namespace, fieldSelector, limit: SECRETS_PER_PAGE, _continue: from },
              options,
            ),
          (error) => expectedOfPage(error, from),
        ),
      decode,
    );
  }

  /** @returns the created Secret, or `undefined` when the name is taken. */
  async create(secret: {
    readonly namespace: string;
    /** Default: `Opaque`. */
    readonly type?: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly data: SecretData;
  }): Promise<LiveSecret | undefined> {
    const { namespace, name, type = 'Opaque', labels, annotations, data } = secret;
    const created = await this.connection.call<V1Secret | 'taken'>(
      `create ${objectName('Secret', namespace, name)}`,
      (options) =>
        this.connection.core.createNamespacedSecret(
          { namespace, body: { metadata: { name, labels, annotations }, type, data: encode(data) } },
          options,
        ),
      (error) => (isConflict(error) ? 'taken' : undefined),
    );
    return created === 'taken' ? undefined : decode(created);
  }

  /**
   * Sets the given keys, labels and annotations; every other key stays byte for byte.
   * @returns the Secret after the change, or `undefined` when its version was not the expected one.
   */
  async change(namespace: string, name: string, change: SecretChange): Promise<LiveSecret | undefined> {
    const { data, without = [], labels = {}, annotations = {}, fieldManager, resourceVersion } = change;
    const body = {
      metadata: { resourceVersion, labels, annotations },
      data: { ...Object.fromEntries(without.map((key) => [key, null])), ...encode(data) },
    };
    const changed = await this.connection.call<V1Secret | 'conflict'>(
      `change ${objectName('Secret', namespace, name)}`,
      (options) =>
        this.connection.core.patchNamespacedSecret({ namespace, name, body, fieldManager }, mergePatch(options)),
      (error) => (isConflict(error) ? 'conflict' : undefined),
    );
    return changed === 'conflict' ? undefined : decode(changed);
  }

  /**
   * Deletes the Secret if it still has this uid, and this version where one is given. A Secret that is gone already is
   * no error.
   * @returns false when the Secret has another uid or version.
   */
  async delete(namespace: string, name: string, uid: string, resourceVersion?: string): Promise<boolean> {
    const preconditions = { uid, resourceVersion };
    const deleted = await this.connection.call<unknown>(
      `delete ${objectName('Secret', namespace, name)}`,
      (options) => this.connection.core.deleteNamespacedSecret({ namespace, name, body: { preconditions } }, options),
      (error) => (isNotFound(error) ? 'gone' : isConflict(error) ? 'another' : undefined),
    );
    return deleted !== 'another';
  }
}

function encode(data: SecretData): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

function decode(secret: V1Secret): LiveSecret {
  const {
    name = '',
    namespace = '',
    uid = '',
    resourceVersion = '',
    labels = {},
    annotations = {},
    ownerReferences = [],
    managedFields = [],
  } = secret.metadata ?? {};
  const data = Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, new Uint8Array(Buffer.from(value, 'base64'))]),
  );
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    type: secret.type ?? 'Opaque',
    immutable: secret.immutable === true,
    labels,
    annotations,
    data,
    dataChangedAt: lastDataChange(secret),
    ...lastWriterOf(secret.metadata),
    ownerReferences: ownerReferences.map(toOwnerReference),
    fieldManagers: managedFields.map(toFieldManager),
  };
}

function toOwnerReference({ apiVersion, kind, name, controller }: V1OwnerReference): OwnerReference {
  return { apiVersion, kind, name, controller: controller === true };
}

function toFieldManager({ manager = '', operation, fieldsV1 }: V1ManagedFieldsEntry): FieldManager {
  const { 'f:data': data = {}, 'f:stringData': stringData = {} } = (fieldsV1 ?? {}) as Readonly<Record<string, object>>;
  const fields = [...Object.keys(data), ...Object.keys(stringData)];
  return {
    manager,
    operation: operation === 'Apply' ? 'Apply' : 'Update',
    keys: fields.flatMap((field) => (field.startsWith('f:') ? [field.slice('f:'.length)] : [])),
  };
}

/**
 * When the password was changed: the newest time of the field managers that own the password, else of those that own
 * data. A manager's time is that of its last change of anything. A manager of other keys may only have set a label.
 */
function lastDataChange({ metadata }: V1Secret): Date | undefined {
  const writers = dataWriters(metadata);
  const ofPassword = writers.filter(ownsPassword);
  return newest(ofPassword.length > 0 ? ofPassword : writers)?.time;
}

/**
 * Who wrote last; a manager that owns data counts before others. The API server gives times in whole seconds: a manager
 * whose data was just replaced still owns annotations or other keys, and its time may be the same.
 */
function lastWriterOf(metadata: V1ObjectMeta | undefined): Pick<LiveSecret, 'lastWriter'> {
  const writers = dataWriters(metadata);
  const last = newest(writers.length > 0 ? writers : (metadata?.managedFields ?? []));
  const { manager, time } = last ?? {};
  return manager === undefined || time === undefined
    ? {}
    : { lastWriter: { manager, at: new Date(time).toISOString() } };
}

function dataWriters(metadata: V1ObjectMeta | undefined): readonly V1ManagedFieldsEntry[] {
  return (metadata?.managedFields ?? []).filter(ownsData);
}

/** The newest entry. Of two entries of the same second, the entry that owns the password. */
function newest(entries: readonly V1ManagedFieldsEntry[]): V1ManagedFieldsEntry | undefined {
  const at = ({ time }: V1ManagedFieldsEntry): number => time?.getTime() ?? 0;
  return [...entries].sort((a, b) => at(b) - at(a) || Number(ownsPassword(b)) - Number(ownsPassword(a)))[0];
}

function ownsPassword({ fieldsV1 }: V1ManagedFieldsEntry): boolean {
  const { 'f:data': data = {} } = (fieldsV1 ?? {}) as { readonly 'f:data'?: object };
  return 'f:password' in data;
}

function ownsData({ fieldsV1 }: V1ManagedFieldsEntry): boolean {
  return typeof fieldsV1 === 'object' && 'f:data' in fieldsV1;
}

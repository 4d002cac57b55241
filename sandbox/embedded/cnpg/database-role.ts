import { z } from 'zod';
import type { Kinds, Store } from '../api/index.ts';
import { roleSchema } from './cluster.ts';
import { passwordSchema, passwordStateSchema } from './password-mode.ts';

/** DatabaseRoles came with 1.30 (`api/v1/databaserole_types.go`). */
export function hasDatabaseRoles(version: string): boolean {
  return Number(version.split('.')[1]) >= 30;
}

/** The operator's note on a DatabaseRole: which version of the password's Secret it saw. */
export const SECRET_CHANGE = 'PasswordSecretChange';

const schema = z.object({
  spec: roleSchema.extend({
    cluster: z.object({ name: z.string() }),
    databaseRoleReclaimPolicy: z.enum(['delete', 'retain']).default('retain'),
    password: passwordSchema.optional(),
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      applied: z.boolean().nullish(),
      message: z.string().default(''),
      secretResourceVersion: z.string().default(''),
      password: passwordStateSchema.optional(),
      conditions: z.array(z.looseObject({ type: z.string(), message: z.string() })).default([]),
    })
    .prefault({}),
});

/** A DatabaseRole as the operator and the instance manager read it. */
export interface DeclaredRole extends z.output<typeof schema> {
  readonly key: { readonly namespace: string; readonly name: string };
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generation: number;
  readonly isDeleted: boolean;
  readonly finalizers: readonly string[];
  /** The version of the Secret that the operator saw last; empty where it has seen none. */
  readonly seenSecretVersion: string;
}

export function readDatabaseRole(object: Kinds['databaseroles']): DeclaredRole {
  const { namespace = '', name = '', uid = '', generation = 0, deletionTimestamp } = object.metadata ?? {};
  const { finalizers = [], annotations = {} } = object.metadata ?? {};
  const { spec: declared, status } = schema.parse(object);
  const spec = { ...declared, ...byMode(declared, status, name) };
  const seen = status.conditions.find(({ type }) => type === SECRET_CHANGE);
  return {
    key: { namespace, name },
    uid,
    annotations,
    spec,
    status,
    generation,
    isDeleted: deletionTimestamp !== undefined,
    finalizers,
    seenSecretVersion: seen?.message ?? '',
  };
}

/** What `spec.password` says in the terms of the older fields; nothing where it is absent. */
function byMode(
  { password }: z.output<typeof schema>['spec'],
  { password: state }: z.output<typeof schema>['status'],
  name: string,
): Partial<Pick<DeclaredRole['spec'], 'passwordSecret' | 'disablePassword' | 'validUntil'>> {
  switch (password?.mode) {
    case 'generate': {
      const validUntil = password.duration === undefined ? undefined : state?.expiration;
      return { passwordSecret: { name: password.secret ?? `${name}-password` }, ...(validUntil && { validUntil }) };
    }
    case 'secret':
      return { passwordSecret: { name: password.secret ?? '' } };
    case 'setNull':
      return { disablePassword: true };
    default:
      return {};
  }
}

/** The DatabaseRoles of a Cluster. */
export function databaseRolesOf(store: Store, namespace: string, cluster: string): readonly DeclaredRole[] {
  return store
    .list('databaseroles', { namespace })
    .map(readDatabaseRole)
    .filter(({ spec }) => spec.cluster.name === cluster);
}

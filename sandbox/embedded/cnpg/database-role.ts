import { z } from 'zod';
import type { Kinds, Store } from '../api/index.ts';
import { roleSchema } from './cluster.ts';

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
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      applied: z.boolean().nullish(),
      message: z.string().default(''),
      secretResourceVersion: z.string().default(''),
      conditions: z.array(z.looseObject({ type: z.string(), message: z.string() })).default([]),
    })
    .prefault({}),
});

/** A DatabaseRole as the operator and the instance manager read it. */
export interface DeclaredRole extends z.output<typeof schema> {
  readonly key: { readonly namespace: string; readonly name: string };
  readonly generation: number;
  readonly isDeleted: boolean;
  readonly finalizers: readonly string[];
  /** The version of the Secret that the operator saw last; empty where it has seen none. */
  readonly seenSecretVersion: string;
}

export function readDatabaseRole(object: Kinds['databaseroles']): DeclaredRole {
  const { namespace = '', name = '', generation = 0, deletionTimestamp, finalizers = [] } = object.metadata ?? {};
  const { spec, status } = schema.parse(object);
  const seen = status.conditions.find(({ type }) => type === SECRET_CHANGE);
  return {
    key: { namespace, name },
    spec,
    status,
    generation,
    isDeleted: deletionTimestamp !== undefined,
    finalizers,
    seenSecretVersion: seen?.message ?? '',
  };
}

/** The DatabaseRoles of a Cluster. */
export function databaseRolesOf(store: Store, namespace: string, cluster: string): readonly DeclaredRole[] {
  return store
    .list('databaseroles', { namespace })
    .map(readDatabaseRole)
    .filter(({ spec }) => spec.cluster.name === cluster);
}

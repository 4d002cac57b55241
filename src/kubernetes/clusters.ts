import { z } from 'zod';
import type { ClusterState } from '../domain/cluster.ts';
import { objectName } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { describeIssues } from '../domain/input.ts';
import type { Watched } from './changes.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { isNotFound } from './errors.ts';

const GROUP = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters' } as const;

/** What `kubectl cnpg reload` sets: the Cluster changes, so its instance manager reads the Secrets again. */
const RELOADED_AT = 'cnpg.io/reloadedAt';

/** CNPG's Cluster, as far as we read it; CNPG's own field names. */
const clusterSchema = z.object({
  spec: z.object({
    managed: z
      .object({
        roles: z
          .array(
            z.object({
              name: z.string(),
              ensure: z.enum(['present', 'absent']).default('present'),
              login: z.boolean().default(false),
              passwordSecret: z.object({ name: z.string() }).optional(),
            }),
          )
          .default([]),
      })
      .optional(),
  }),
  status: z
    .object({
      phase: z.string().default(''),
      phaseReason: z.string().optional(),
      currentPrimary: z.string().optional(),
      targetPrimary: z.string().optional(),
      certificates: z.object({ serverCASecret: z.string().optional() }).optional(),
      managedRolesStatus: z
        .object({
          passwordStatus: z.record(z.string(), z.object({ resourceVersion: z.string().optional() })).default({}),
          cannotReconcile: z.record(z.string(), z.array(z.string())).default({}),
        })
        .optional(),
    })
    .default({ phase: '' }),
});

export class Clusters {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns what we read of the CNPG Cluster, or `undefined` when there is none. */
  async find(namespace: string, name: string): Promise<ClusterState | undefined> {
    const cluster: unknown = await this.connection.call<unknown>(
      `read ${objectName('Cluster', namespace, name)}`,
      (options) => this.connection.custom.getNamespacedCustomObject({ ...GROUP, namespace, name }, options),
      (error) => (isNotFound(error) ? 'absent' : undefined),
    );
    return cluster === 'absent' ? undefined : toClusterState(cluster, objectName('Cluster', namespace, name));
  }

  /** Makes CNPG look at the Cluster's Secrets now. Fails while CNPG's operator is down: its webhooks must answer. */
  async nudge(namespace: string, name: string, at: Date): Promise<void> {
    const body = { metadata: { annotations: { [RELOADED_AT]: at.toISOString() } } };
    await this.connection.call<unknown>(`annotate ${objectName('Cluster', namespace, name)}`, (options) =>
      this.connection.custom.patchNamespacedCustomObject({ ...GROUP, namespace, name, body }, mergePatch(options)),
    );
  }

  watched(namespace: string, name: string): Watched {
    return {
      path: `/apis/${GROUP.group}/${GROUP.version}/namespaces/${namespace}/${GROUP.plural}`,
      fieldSelector: `metadata.name=${name}`,
    };
  }
}

/** @throws RotationError when the object is not a Cluster as CNPG's API v1 describes it. */
export function toClusterState(cluster: unknown, name: string): ClusterState {
  const parsed = clusterSchema.safeParse(cluster);
  if (!parsed.success) {
    throw new RotationError(
      'KubernetesRejected',
      `${name} does not look like a CNPG Cluster (${describeIssues(parsed.error)}). This version reads postgresql.cnpg.io/v1.`,
    );
  }
  const { spec, status } = parsed.data;
  const passwords = Object.entries(status.managedRolesStatus?.passwordStatus ?? {});
  return {
    phase: status.phase,
    ...given('phaseReason', status.phaseReason),
    ...given('currentPrimary', status.currentPrimary),
    ...given('targetPrimary', status.targetPrimary),
    ...given('serverCaSecret', status.certificates?.serverCASecret),
    managedRoles: (spec.managed?.roles ?? []).map(({ name: role, ensure, login, passwordSecret }) => ({
      name: role,
      ensure,
      login,
      ...given('passwordSecret', passwordSecret?.name),
    })),
    appliedSecretVersions: Object.fromEntries(
      passwords.flatMap(([role, { resourceVersion }]) =>
        resourceVersion === undefined ? [] : [[role, resourceVersion]],
      ),
    ),
    cannotReconcile: status.managedRolesStatus?.cannotReconcile ?? {},
  };
}

/** `{[key]: value}`, or nothing when there is no value. */
function given<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}

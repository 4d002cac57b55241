import { z } from 'zod';
import { RotationError } from '../domain/failures.ts';
import type { PoolerFacts } from '../domain/poolers/pooler.ts';
import { describeIssues } from '../domain/rotation/input.ts';
import type { KubernetesConnection } from './connection.ts';

const GROUP = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'poolers' } as const;

/** CNPG's label on the pods of a Pooler, and the container that PgBouncer runs in. */
export const POOLER_LABEL = 'cnpg.io/poolerName';
export const PGBOUNCER_CONTAINER = 'pgbouncer';

const pgbouncerSchema = z.object({
  poolMode: z.string().default('session'),
  pg_hba: z.array(z.string()).default([]),
  authQuery: z.string().default(''),
  clientTLSSecret: z.object({ name: z.string() }).optional(),
  parameters: z.record(z.string(), z.string()).default({}),
});

const schema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ cluster: z.object({ name: z.string() }), pgbouncer: pgbouncerSchema.prefault({}) }),
    }),
  ),
});

/** A pod of a Pooler that takes clients. */
export interface PoolerPod {
  readonly pod: string;
  readonly address: string;
}

export class Poolers {
  constructor(private readonly connection: KubernetesConnection) {}

  /** The Poolers of a Cluster. They are in its namespace. */
  async ofCluster(namespace: string, cluster: string): Promise<readonly PoolerFacts[]> {
    const list = await this.connection.call<unknown>(`list the Poolers of namespace ${namespace}`, (options) =>
      this.connection.custom.listNamespacedCustomObject({ ...GROUP, namespace }, options),
    );
    const parsed = schema.safeParse(list);
    if (!parsed.success) {
      throw new RotationError(
        'KubernetesRejected',
        `A Pooler of namespace ${namespace} has an unknown form (${describeIssues(parsed.error)}).`,
      );
    }
    return parsed.data.items
      .filter(({ spec }) => spec.cluster.name === cluster)
      .map(({ metadata, spec: { pgbouncer } }) => ({
        name: metadata.name,
        poolMode: pgbouncer.poolMode,
        pgHba: pgbouncer.pg_hba,
        ownAuthQuery: pgbouncer.authQuery !== '',
        ...(pgbouncer.clientTLSSecret && { ownCertificate: pgbouncer.clientTLSSecret.name }),
        parameters: pgbouncer.parameters,
      }));
  }

  /** The pods of a Pooler that are ready. Each has a PgBouncer of its own, with its own memory of failed logins. */
  async readyPods(namespace: string, pooler: string): Promise<readonly PoolerPod[]> {
    const labelSelector = `${POOLER_LABEL}=${pooler}`;
    const { items } = await this.connection.call(`list the pods of Pooler ${namespace}/${pooler}`, (options) =>
      this.connection.core.listNamespacedPod({ namespace, labelSelector }, options),
    );
    return items.flatMap(({ metadata, status }) => {
      const isReady = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
      if (metadata?.name === undefined || metadata.deletionTimestamp !== undefined) return [];
      return isReady && status.podIP !== undefined ? [{ pod: metadata.name, address: status.podIP }] : [];
    });
  }
}

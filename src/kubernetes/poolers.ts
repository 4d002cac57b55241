import { z } from 'zod';
import type { PoolerFacts } from '../domain/adopt/index.ts';
import { RotationError } from '../domain/failures.ts';
import { describeIssues } from '../domain/rotation/input.ts';
import type { KubernetesConnection } from './connection.ts';

const GROUP = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'poolers' } as const;

const schema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({
        cluster: z.object({ name: z.string() }),
        pgbouncer: z
          .object({ pg_hba: z.array(z.string()).default([]), authQuery: z.string().default('') })
          .default({ pg_hba: [], authQuery: '' }),
      }),
    }),
  ),
});

export class Poolers {
  constructor(private readonly connection: KubernetesConnection) {}

  /** What the Poolers of a Cluster know of users. */
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
        pgHba: pgbouncer.pg_hba,
        ownAuthQuery: pgbouncer.authQuery !== '',
      }));
  }
}

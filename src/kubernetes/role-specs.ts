import { z } from 'zod';
import type { ClusterFacts, DatabaseRoleEntry, Deployment, RoleSpec } from '../domain/adopt/index.ts';
import { objectName } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { describeIssues } from '../domain/rotation/input.ts';
import { secondPath } from './cluster-schema.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import type { DatabaseRole, DatabaseRoles, DatabaseRoleVersion } from './database-roles.ts';
import { isConflict } from './errors.ts';
import { fluxKustomization } from './flux-labels.ts';

const CLUSTERS = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters' } as const;

const method = z
  .looseObject({
    owner: z.string().optional(),
    database: z.string().optional(),
    secret: z.object({ name: z.string().optional() }).optional(),
  })
  .optional();

/** The parts of a Cluster that declare roles, with every field that stands there. */
const schema = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    bootstrap: z.looseObject({ initdb: method, recovery: method, pg_basebackup: method }).optional(),
    managed: z.looseObject({ roles: z.array(z.looseObject({ name: z.string() })).default([]) }).optional(),
    postgresql: z.object({ pg_hba: z.array(z.string()).default([]) }).optional(),
  }),
});

/** A Cluster's declaration of its roles, at one version. */
export interface DeclaredRoles {
  readonly resourceVersion: string;
  readonly facts: ClusterFacts;
  /** The versions of the DatabaseRoles among the facts. */
  readonly databaseRoles: readonly DatabaseRoleVersion[];
  /** The whole `spec.bootstrap`, for a manifest that a person must recognise. */
  readonly bootstrap: Readonly<Record<string, unknown>> | undefined;
}

/** Changes how a Cluster declares its roles. */
export class RoleSpecs {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns false when the Cluster no longer has this version. */
  async change(
    namespace: string,
    name: string,
    { resourceVersion, spec: { roles, bootstrap } }: { readonly resourceVersion: string; readonly spec: RoleSpec },
  ): Promise<boolean> {
    const secret = bootstrap?.secret === undefined ? null : { name: bootstrap.secret };
    const body = {
      metadata: { resourceVersion },
      spec: {
        managed: { roles },
        ...(bootstrap !== undefined && { bootstrap: { [bootstrap.method]: { secret } } }),
      },
    };
    const answer = await this.connection.call<unknown>(
      `change the managed roles of ${objectName('Cluster', namespace, name)}`,
      (options) =>
        this.connection.custom.patchNamespacedCustomObject({ ...CLUSTERS, namespace, name, body }, mergePatch(options)),
      (error) => (isConflict(error) ? 'conflict' : undefined),
    );
    return answer !== 'conflict';
  }
}

type DatabaseRolesFound = Awaited<ReturnType<DatabaseRoles['inNamespace']>>;

/** @param owner of the tables; only this role's second path is read. */
export function toDeclaredRoles(
  object: unknown,
  described: string,
  { ofCluster: databaseRoles, others }: DatabaseRolesFound,
  owner: string,
): DeclaredRoles {
  const parsed = schema.safeParse(object);
  if (!parsed.success) {
    throw new RotationError(
      'KubernetesRejected',
      `${described} does not look like a CNPG Cluster (${describeIssues(parsed.error)}).`,
    );
  }
  const { metadata, spec } = parsed.data;
  return {
    resourceVersion: metadata.resourceVersion,
    bootstrap: spec.bootstrap,
    databaseRoles: databaseRoles.map((one) => one.metadata),
    facts: {
      spec: {
        roles: spec.managed?.roles ?? [],
        ...(databaseRoles.length > 0 && { databaseRoles: databaseRoles.map(toEntry) }),
        bootstrap: bootstrapOf(spec.bootstrap, owner),
      },
      otherDatabaseRoles: others,
      databaseRoles: Object.fromEntries(databaseRoles.map((one) => [one.metadata.name, deploymentOf(one.metadata)])),
      pgHba: spec.postgresql?.pg_hba ?? [],
      ...deploymentOf(metadata),
    },
  };
}

function toEntry({ metadata, spec }: DatabaseRole): DatabaseRoleEntry {
  return { object: metadata.name, spec };
}

function deploymentOf(metadata: Pick<z.output<typeof schema>['metadata'], 'labels' | 'annotations'>): Deployment {
  return { fluxKustomization: fluxKustomization(metadata), deployer: deployerOf(metadata) };
}

function bootstrapOf(
  bootstrap: z.output<typeof schema>['spec']['bootstrap'],
  role: string,
): RoleSpec['bootstrap'] | undefined {
  const second = secondPath(bootstrap);
  return second?.owner === role ? { method: second.method, secret: second.secret } : undefined;
}

/** The tool that deploys the object, by the marks that the usual tools leave. */
function deployerOf({
  labels,
  annotations,
}: Pick<z.output<typeof schema>['metadata'], 'labels' | 'annotations'>): string | undefined {
  if (labels['app.kubernetes.io/managed-by'] === 'Helm') return 'Helm';
  if ('argocd.argoproj.io/tracking-id' in annotations || 'argocd.argoproj.io/instance' in labels) return 'Argo CD';
  return undefined;
}

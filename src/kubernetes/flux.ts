import { z } from 'zod';
import { objectName } from '../domain/component.ts';
import {
  commitOf,
  holdsSeconds,
  secondsOf,
  whatIsFollowed,
  type FluxState,
  type GitRepositoryState,
  type KustomizationState,
} from '../domain/proofs/flux.ts';
import type { FluxVariables } from '../domain/proofs/flux-substitution.ts';
import type { Watched } from './changes.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { isForbidden, isNotFound } from './errors.ts';

const RESOURCES = {
  Kustomization: { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', plural: 'kustomizations' },
  GitRepository: { group: 'source.toolkit.fluxcd.io', version: 'v1', plural: 'gitrepositories' },
} as const;
type Kind = keyof typeof RESOURCES;

/** What `flux reconcile` sets, too. */
const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

const statusSchema = z
  .object({
    conditions: z
      .array(
        z.object({
          type: z.string(),
          status: z.enum(['True', 'False', 'Unknown']),
          reason: z.string().default(''),
          message: z.string().default(''),
        }),
      )
      .default([]),
    lastAttemptedRevision: z.string().optional(),
    artifact: z.object({ revision: z.string().optional() }).optional(),
  })
  .default({ conditions: [] });

const kustomizationSchema = z.object({
  spec: z.object({
    suspend: z.boolean().default(false),
    sourceRef: z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() }),
    wait: z.boolean().default(false),
    healthChecks: z.array(z.unknown()).default([]),
    timeout: z.string().optional(),
    interval: z.string().default(''),
    postBuild: z
      .object({
        strategy: z.string().optional(),
        substitute: z.record(z.string(), z.string()).default({}),
        substituteFrom: z.array(z.object({ kind: z.enum(['ConfigMap', 'Secret']), name: z.string() })).default([]),
      })
      .optional(),
  }),
  status: statusSchema,
});

const gitRepositorySchema = z.object({
  spec: z.object({
    suspend: z.boolean().default(false),
    timeout: z.string().optional(),
    ref: z
      .object({
        branch: z.string().optional(),
        tag: z.string().optional(),
        semver: z.string().optional(),
        commit: z.string().optional(),
        name: z.string().optional(),
      })
      .optional(),
  }),
  status: statusSchema,
});

const WITHOUT_VARIABLES: FluxVariables = { replaces: false, values: {}, unread: [] };

export class Flux {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns the Kustomization, or `undefined` when there is none. */
  async kustomization(namespace: string, name: string): Promise<KustomizationState | undefined> {
    const object = await this.#read('Kustomization', namespace, name);
    if (object === undefined) return undefined;
    const { spec, status } = kustomizationSchema.parse(object);
    const held = holdsSeconds({ ...spec, healthChecks: spec.healthChecks.length });
    return {
      ...stateOf(spec.suspend, status),
      source: { ...spec.sourceRef, namespace: spec.sourceRef.namespace ?? namespace },
      attemptedCommit: commitOf(status.lastAttemptedRevision),
      ...(held !== undefined && { holdsSeconds: held }),
    };
  }

  /** The variables that a Kustomization replaces. A value of a Secret may be among them. */
  async variables(namespace: string, name: string): Promise<FluxVariables> {
    const object = await this.#read('Kustomization', namespace, name, 'may be forbidden');
    if (object === 'forbidden') return { replaces: true, values: {}, unread: [`Kustomization ${namespace}/${name}`] };
    if (object === undefined) return WITHOUT_VARIABLES;
    const { postBuild } = kustomizationSchema.parse(object).spec;
    if (postBuild === undefined) return WITHOUT_VARIABLES;
    const { substitute, substituteFrom, strategy } = postBuild;
    const sources = await Promise.all(
      substituteFrom.map(async (one) => ({
        name: `${one.kind} ${namespace}/${one.name}`,
        values: await this.#valuesOf(one.kind, namespace, one.name),
      })),
    );
    // A later source wins, and the Kustomization's own variables win over all.
    const found = Object.assign({}, ...sources.map(({ values }) => values), substitute) as Record<string, string>;
    const values = Object.fromEntries(Object.entries(found).map(([key, value]) => [key, value.replaceAll('\n', '')]));
    return {
      replaces: Object.keys(values).length > 0 || strategy === 'Always' || sources.some(({ values: of }) => !of),
      values,
      unread: sources.flatMap((source) => (source.values === undefined ? [source.name] : [])),
    };
  }

  /** `undefined` where the worker may not read it. An object that does not exist gives nothing. */
  async #valuesOf(
    kind: 'ConfigMap' | 'Secret',
    namespace: string,
    name: string,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const otherwise = (error: unknown): 'forbidden' | Record<string, string> | undefined =>
      isForbidden(error) ? 'forbidden' : isNotFound(error) ? {} : undefined;
    const doing = `read ${objectName(kind, namespace, name)}`;
    const { core } = this.connection;
    const found = await this.connection.call<'forbidden' | Readonly<Record<string, string>>>(
      doing,
      async (options) => {
        if (kind === 'ConfigMap') return (await core.readNamespacedConfigMap({ namespace, name }, options)).data ?? {};
        const { data = {} } = await core.readNamespacedSecret({ namespace, name }, options);
        const texts = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
        return Object.fromEntries(texts) as Record<string, string>;
      },
      otherwise,
    );
    return found === 'forbidden' ? undefined : found;
  }

  async gitRepository(namespace: string, name: string): Promise<GitRepositoryState | undefined> {
    const object = await this.#read('GitRepository', namespace, name);
    if (object === undefined) return undefined;
    const { spec, status } = gitRepositorySchema.parse(object);
    return {
      ...stateOf(spec.suspend, status),
      ...whatIsFollowed(spec.ref ?? {}),
      artifactCommit: commitOf(status.artifact?.revision),
      ...(spec.timeout !== undefined && { fetchSeconds: secondsOf(spec.timeout) }),
    };
  }

  /** Makes Flux look now; asking twice costs one more look. */
  async request(kind: Kind, namespace: string, name: string, token: string): Promise<void> {
    const body = { metadata: { annotations: { [REQUESTED_AT]: token } } };
    await this.connection.call<unknown>(`annotate ${objectName(kind, namespace, name)}`, (options) =>
      this.connection.custom.patchNamespacedCustomObject(
        { ...RESOURCES[kind], namespace, name, body },
        mergePatch(options),
      ),
    );
  }

  watched(kind: Kind, namespace: string, name: string): Watched {
    const { group, version, plural } = RESOURCES[kind];
    return {
      path: `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
      fieldSelector: `metadata.name=${name}`,
    };
  }

  async #read(kind: Kind, namespace: string, name: string, forbidden?: 'may be forbidden'): Promise<unknown> {
    const found = await this.connection.call<unknown>(
      `read ${objectName(kind, namespace, name)}`,
      (options) => this.connection.custom.getNamespacedCustomObject({ ...RESOURCES[kind], namespace, name }, options),
      (error) => {
        if (forbidden !== undefined && isForbidden(error)) return 'forbidden';
        return isNotFound(error) ? 'absent' : undefined;
      },
    );
    return found === 'absent' ? undefined : found;
  }
}

function stateOf(suspended: boolean, { conditions }: z.output<typeof statusSchema>): FluxState {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return {
    suspended,
    ...(ready !== undefined && { ready: { status: ready.status, reason: ready.reason, message: ready.message } }),
  };
}

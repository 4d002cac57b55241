import { z } from 'zod';
import { objectName } from '../domain/component.ts';
import { commitOf, type FluxState, type GitRepositoryState, type KustomizationState } from '../domain/proofs/flux.ts';
import type { Watched } from './changes.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { isNotFound } from './errors.ts';

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
  }),
  status: statusSchema,
});

const gitRepositorySchema = z.object({
  spec: z.object({
    suspend: z.boolean().default(false),
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

/** Flux's default where a GitRepository names no reference. */
const DEFAULT_BRANCH = 'master';

export class Flux {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns the Kustomization, or `undefined` when there is none. */
  async kustomization(namespace: string, name: string): Promise<KustomizationState | undefined> {
    const object = await this.#read('Kustomization', namespace, name);
    if (object === undefined) return undefined;
    const { spec, status } = kustomizationSchema.parse(object);
    return {
      ...stateOf(spec.suspend, status),
      source: { ...spec.sourceRef, namespace: spec.sourceRef.namespace ?? namespace },
      attemptedCommit: commitOf(status.lastAttemptedRevision),
    };
  }

  async gitRepository(namespace: string, name: string): Promise<GitRepositoryState | undefined> {
    const object = await this.#read('GitRepository', namespace, name);
    if (object === undefined) return undefined;
    const { spec, status } = gitRepositorySchema.parse(object);
    const { branch, tag, semver, commit, name: reference } = spec.ref ?? {};
    const follows = [tag, semver, commit, reference].every((other) => other === undefined)
      ? (branch ?? DEFAULT_BRANCH)
      : undefined;
    return { ...stateOf(spec.suspend, status), branch: follows, artifactCommit: commitOf(status.artifact?.revision) };
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

  async #read(kind: Kind, namespace: string, name: string): Promise<unknown> {
    const found = await this.connection.call<unknown>(
      `read ${objectName(kind, namespace, name)}`,
      (options) => this.connection.custom.getNamespacedCustomObject({ ...RESOURCES[kind], namespace, name }, options),
      (error) => (isNotFound(error) ? 'absent' : undefined),
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

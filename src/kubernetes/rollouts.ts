import type { WorkloadRef } from '../domain/component.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { OptionalKind } from './optional-kind.ts';
import type { Workload } from './workload-objects.ts';

/** Argo's Rollout is no kind of Kubernetes: its group is there only where somebody installed it. */
const GROUP = { group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts' } as const;
export const ROLLOUTS_PATH = `/apis/${GROUP.group}/${GROUP.version}`;

/** The Rollouts of Argo Rollouts. */
export class Rollouts {
  readonly #kind: OptionalKind;

  constructor(private readonly connection: KubernetesConnection) {
    this.#kind = new OptionalKind(connection, GROUP, 'the Rollouts');
  }

  /** @returns none where the cluster has no Rollouts, or where the account may not list them. */
  list(namespace: string): Promise<readonly Workload[]> {
    return this.#kind.list<Workload>(namespace);
  }

  async read({ namespace, name }: WorkloadRef, what: string, absent: (error: unknown) => undefined): Promise<Workload> {
    const request = { ...GROUP, namespace, name };
    const read: unknown = await this.connection.call<unknown>(
      `read ${what}`,
      (options) => this.connection.custom.getNamespacedCustomObject(request, options),
      absent,
    );
    return read as Workload;
  }

  /** Argo's controller evicts each pod that is older. The pod template and the steps of the Rollout stay as they are. */
  async restartAt({ namespace, name }: WorkloadRef, what: string, at: Date): Promise<void> {
    const request = { ...GROUP, namespace, name, body: { spec: { restartAt: inWholeSeconds(at) } } };
    await this.connection.call<unknown>(`restart ${what}`, (options) =>
      this.connection.custom.patchNamespacedCustomObject(request, mergePatch(options)),
    );
  }
}

/** The form of times in the API: `2026-11-24T08:00:00Z`. */
function inWholeSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

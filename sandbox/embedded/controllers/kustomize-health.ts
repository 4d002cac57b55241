import type { Store } from '../api/index.ts';
import type { KubernetesObject } from '../api/objects.ts';

const LOOK_AGAIN_MS = 300;

/** An object in the store. */
export interface Reference {
  readonly resource: Parameters<Store['find']>[0];
  readonly key: { readonly name: string; readonly namespace?: string };
}

export interface AfterHealthCheck {
  readonly succeed: () => void;
  readonly fail: (why: string) => void;
  /** The Kustomization was due meanwhile. */
  readonly again: () => void;
}

/** Looks at the health of what Kustomizations applied, and holds them until it is known. */
export class HealthChecks {
  readonly #held = new Map<string, { isDue: boolean; readonly timer: NodeJS.Timeout }>();

  constructor(private readonly store: Store) {}

  close(): void {
    for (const { timer } of this.#held.values()) clearInterval(timer);
  }

  /** Whether the Kustomization's health is being looked at. It is reconciled afterwards then. */
  holds(key: string): boolean {
    const held = this.#held.get(key);
    if (held !== undefined) held.isDue = true;
    return held !== undefined;
  }

  /** Looks until all is healthy, one has failed, or the time is over. */
  look(key: string, checked: readonly Reference[], timeoutMs: number, then: AfterHealthCheck): void {
    const until = Date.now() + timeoutMs;
    const look = (): void => {
      const states = checked.map((one) => healthOf(this.store.find(one.resource, one.key)));
      const isOver = states.includes('failed') || Date.now() > until;
      if (!isOver && !states.every((state) => state === 'healthy')) return;
      const held = this.#held.get(key);
      clearInterval(held?.timer);
      this.#held.delete(key);
      if (isOver) then.fail(`timeout waiting for ${checked.length} objects to be ready`);
      else then.succeed();
      if (held?.isDue === true) then.again();
    };
    this.#held.set(key, { isDue: false, timer: setInterval(look, LOOK_AGAIN_MS) });
    look();
  }
}

interface Parts {
  readonly metadata?: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  };
}

/** A Deployment's health as kstatus judges it; every other kind is healthy as soon as it is there. */
export function healthOf(object: KubernetesObject | undefined): 'healthy' | 'in progress' | 'failed' {
  if (object === undefined) return 'in progress';
  if (object.kind !== 'Deployment') return 'healthy';
  const { metadata, spec, status = {} } = object as Parts;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, conditions = [] } = status;
  if (conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded'))
    return 'failed';
  const wanted = spec?.replicas ?? 1;
  const isCurrent =
    status.observedGeneration === metadata?.generation &&
    updatedReplicas >= wanted &&
    replicas <= wanted &&
    availableReplicas >= wanted;
  return isCurrent ? 'healthy' : 'in progress';
}

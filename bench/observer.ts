import { Watch, type V1Deployment, type V1Pod, type V1Secret } from '@kubernetes/client-node';
import pg from 'pg';
import { readWriteService } from '../src/domain/component.ts';
import { textOf } from '../sandbox/harness/objects.ts';
import type { Bench } from './bench.ts';

const LOGIN_AGAIN_MS = 25;

/** When things were seen to happen, in milliseconds of this process's clock. */
export interface Seen {
  /** The Secret held another password. */
  readonly published: number;
  /** PostgreSQL accepted it. */
  readonly synced: number;
  /** `kubectl rollout status` would have ended: the wanted pods are new and ready. */
  readonly rolledOut: number;
  /** The last pod with the old password was gone. */
  readonly replaced: number;
}

/**
 * Watches a change of the password from the outside, whoever makes it: by the API's watches and by logins over TCP,
 * so that it knows nothing of how the rotator looks.
 */
export class Observer {
  readonly #watches: AbortController[] = [];
  readonly #pods = new Map<string, V1Pod>();
  #deployment: V1Deployment | undefined;
  #changed: () => void = () => undefined;
  #password: string | undefined;

  private constructor(
    private readonly bench: Bench,
    private readonly oldPassword: string,
    private readonly oldPods: ReadonlySet<string>,
    private readonly oldGeneration: number,
    private readonly host: string,
  ) {}

  static async begin(bench: Bench): Promise<Observer> {
    const { world, component } = bench;
    const { namespace, name } = component;
    const [oldPassword, pods, deployment, service] = await Promise.all([
      world.password(component),
      world.applicationPods(component),
      world.apps.readNamespacedDeployment({ namespace, name }),
      world.core.readNamespacedService({ namespace, name: readWriteService(component) }),
    ]);
    const oldPods = new Set(pods.map((pod) => pod.name));
    const { generation = 0 } = deployment.metadata ?? {};
    const observer = new Observer(bench, oldPassword, oldPods, generation, service.spec?.clusterIP ?? '');
    await observer.#watch();
    return observer;
  }

  /** Waits until the change is complete. */
  async end(): Promise<Seen> {
    try {
      const published = await this.#when(() => this.#password !== undefined);
      const synced = this.#accepted(this.#password ?? '');
      const rolledOut = this.#when(() => this.#isRolledOut());
      const replaced = this.#when(() => this.#isRolledOut() && ![...this.oldPods].some((pod) => this.#pods.has(pod)));
      const [s, r, o] = await Promise.all([synced, rolledOut, replaced]);
      return { published, synced: s, rolledOut: r, replaced: o };
    } finally {
      for (const watch of this.#watches) watch.abort();
    }
  }

  #isRolledOut(): boolean {
    const { metadata, spec, status } = this.#deployment ?? {};
    const { generation = 0 } = metadata ?? {};
    const wanted = spec?.replicas ?? 1;
    return (
      generation > this.oldGeneration &&
      (status?.observedGeneration ?? 0) >= generation &&
      status?.updatedReplicas === wanted &&
      status.replicas === wanted &&
      status.availableReplicas === wanted
    );
  }

  readonly #waiting = new Set<() => void>();

  #when(fact: () => boolean): Promise<number> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!fact()) return;
        this.#waiting.delete(look);
        resolve(performance.now());
      };
      this.#waiting.add(look);
      this.#changed = () => {
        for (const one of [...this.#waiting]) one();
      };
      look();
    });
  }

  async #accepted(password: string): Promise<number> {
    const { role: user, database } = this.bench.component;
    for (;;) {
      const client = new pg.Client({ host: this.host, user, database, password });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return performance.now();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, LOGIN_AGAIN_MS));
      } finally {
        void client.end().catch(() => undefined);
      }
    }
  }

  async #watch(): Promise<void> {
    const { namespace, name, secret } = this.bench.component;
    await this.#follow(`/api/v1/namespaces/${namespace}/secrets`, secret, (_, live) => {
      const { password } = textOf(live as V1Secret);
      if (password !== this.oldPassword) this.#password = password;
    });
    await this.#follow(`/apis/apps/v1/namespaces/${namespace}/deployments`, name, (_, live) => {
      this.#deployment = live as V1Deployment;
    });
    await this.#follow(`/api/v1/namespaces/${namespace}/pods`, undefined, (phase, object) => {
      const pod = object as V1Pod;
      // A pod that has ended holds no connection, and is listed until the kubelet has cleaned up after it.
      const over = phase === 'DELETED' || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
      if (over) this.#pods.delete(pod.metadata?.name ?? '');
      else this.#pods.set(pod.metadata?.name ?? '', pod);
    });
  }

  async #follow(path: string, name: string | undefined, note: (phase: string, object: unknown) => void): Promise<void> {
    const selector = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
    const open = await new Watch(this.bench.world.config).watch(
      path,
      { ...selector, resourceVersion: '0' },
      (phase, object: unknown) => {
        note(phase, object);
        this.#changed();
      },
      () => undefined,
    );
    this.#watches.push(open);
  }
}

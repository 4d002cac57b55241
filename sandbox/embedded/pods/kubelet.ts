import type { Kinds } from '../api/index.ts';
import { Addresses } from './addresses.ts';
import { finalizePod, PodWorker, type PodWorkerContext } from './pod-worker.ts';

/** An instance's pod is run by CNPG's instance manager. */
const INSTANCE_LABEL = 'cnpg.io/podRole';

/** Runs the pods of the cluster's one node: each the first container of a pod, as a process of this machine. */
export class Kubelet {
  readonly #workers = new Map<string, PodWorker>();
  readonly #addresses = new Addresses();
  readonly #unsubscribe: () => void;
  #closed = false;

  constructor(private readonly context: PodWorkerContext) {
    for (const pod of context.store.list('pods')) this.#see(pod);
    this.#unsubscribe = context.store.subscribe('pods', ({ type, object }) => {
      if (type === 'DELETED') this.#end(object, 0);
      else this.#see(object);
    });
  }

  workerOf(namespace: string, name: string): PodWorker | undefined {
    const pod = this.context.store.find('pods', { namespace, name });
    return pod === undefined ? undefined : this.#workers.get(uidOf(pod));
  }

  /** Ends every pod's process at once. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop(0)));
  }

  #see(pod: Kinds['pods']): void {
    const { labels = {}, deletionTimestamp, deletionGracePeriodSeconds = 30 } = pod.metadata ?? {};
    if (this.#closed || labels[INSTANCE_LABEL] !== undefined) return;
    if (deletionTimestamp !== undefined) {
      this.#end(pod, deletionGracePeriodSeconds * 1_000);
    } else if (!this.#workers.has(uidOf(pod))) {
      this.#workers.set(uidOf(pod), new PodWorker(this.context, pod, this.#addresses.next()));
    }
  }

  /** The worker stays known until its program is over: so long, its log can be read. */
  #end(pod: Kinds['pods'], graceMs: number): void {
    const worker = this.#workers.get(uidOf(pod));
    if (worker === undefined || (worker.isStopping() && graceMs > 0)) return;
    const { namespace = '', name = '' } = pod.metadata ?? {};
    void worker.stop(graceMs).then(() => {
      this.#workers.delete(uidOf(pod));
      if (!this.#closed) finalizePod(this.context.store, namespace, name, uidOf(pod));
    });
  }
}

function uidOf({ metadata }: Kinds['pods']): string {
  return metadata?.uid ?? '';
}

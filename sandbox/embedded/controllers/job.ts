import type { Kinds, Store } from '../api/index.ts';
import { timestamp } from '../pods/pod-status.ts';
import { parseKey } from './object-key.ts';
import { followOwners, ownPods } from './own-pods.ts';
import { deletePod, isAlive, isReadyPod, makePod, ownerReference, suffix } from './pods-of.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'job-controller';
const BACKOFF_LIMIT = 6;
/** After the first failure of a pod; doubled with each. */
const BACKOFF_MS = 10_000;

type Job = Kinds['jobs'];
type Pod = Kinds['pods'];

/** Runs the pods of Jobs until enough of them have succeeded, or too many have failed. */
export class JobController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));

  constructor(private readonly store: Store) {
    followOwners(this.#queue, store, 'jobs');
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const job = this.store.find('jobs', parseKey(key));
    if (job?.spec === undefined || isOver(job)) return;
    const { parallelism = 1, completions = 1, backoffLimit = BACKOFF_LIMIT, suspend = false } = job.spec;
    const pods = ownPods(this.store, job);
    const alive = pods.filter(isAlive);
    const succeeded = countOf(pods, 'Succeeded');
    const failed = countOf(pods, 'Failed');
    const isFailed = failed > backoffLimit;
    const isComplete = succeeded >= completions;
    if (isFailed || isComplete || suspend) {
      for (const pod of alive) deletePod(this.store, pod);
    } else {
      const lacking = Math.min(parallelism, completions - succeeded) - alive.length;
      const wait = lacking > 0 ? waitAfter(pods, failed) : 0;
      if (wait > 0) this.#queue.add(key, wait);
      else for (let count = 0; count < lacking; count += 1) this.#createPod(job);
    }
    this.#writeStatus(job, { succeeded, failed, isComplete, isFailed });
  }

  #createPod({ metadata, spec }: Job): void {
    const { namespace = '', name = '', uid = '' } = metadata ?? {};
    const pod = makePod(spec?.template ?? {}, {
      namespace,
      name: `${name}-${suffix()}`,
      labels: {
        'batch.kubernetes.io/job-name': name,
        'batch.kubernetes.io/controller-uid': uid,
        'job-name': name,
        'controller-uid': uid,
      },
      owner: ownerReference('batch/v1', 'Job', metadata ?? {}),
    });
    this.store.create('pods', pod, { manager: MANAGER });
  }

  #writeStatus(
    job: Job,
    facts: Record<'succeeded' | 'failed', number> & Record<'isComplete' | 'isFailed', boolean>,
  ): void {
    const { namespace = '', name = '' } = job.metadata ?? {};
    const now = timestamp(new Date());
    const alive = ownPods(this.store, job).filter(isAlive);
    const status = {
      startTime: job.status?.startTime ?? now,
      active: alive.length,
      ready: alive.filter(isReadyPod).length,
      succeeded: facts.succeeded,
      failed: facts.failed,
      ...(facts.isComplete && { completionTime: now, conditions: [condition('Complete', now)] }),
      ...(facts.isFailed && { conditions: [{ ...condition('Failed', now), reason: 'BackoffLimitExceeded' }] }),
    };
    const options = { subresource: 'status', manager: MANAGER } as const;
    this.store.patch('jobs', { namespace, name }, { type: 'merge', body: { status } }, options);
  }
}

function condition(type: string, at: string) {
  return { type, status: 'True', lastProbeTime: at, lastTransitionTime: at };
}

function isOver({ status }: Job): boolean {
  return status?.conditions?.some(({ type, status: is }) => /^(Complete|Failed)$/.test(type) && is === 'True') === true;
}

function countOf(pods: readonly Pod[], phase: string): number {
  return pods.filter(({ status }) => status?.phase === phase).length;
}

/** How long the next pod has to wait for the last one's failure. */
function waitAfter(pods: readonly Pod[], failed: number): number {
  if (failed === 0) return 0;
  const ends = pods.flatMap(({ status }) => {
    if (status?.phase !== 'Failed') return [];
    return Date.parse(status.containerStatuses?.[0]?.state?.terminated?.finishedAt ?? '') || [];
  });
  return Math.max(0, Math.max(0, ...ends) + BACKOFF_MS * 2 ** (failed - 1) - Date.now());
}

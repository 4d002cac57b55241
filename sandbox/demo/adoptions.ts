import { BatchProgress } from '../../src/cli/batch-progress.ts';
import { say } from '../../src/cli/say.ts';
import { startedBy } from '../../src/cli/user.ts';
import { awaitAdoption, followAdoption, startAdoption, type AdoptionHandle } from '../../src/client/adopt.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { AdoptionReport } from '../../src/domain/adopt/index.ts';
import { SandboxError } from '../common/errors.ts';
import { aborted } from '../common/aborted.ts';
import type { DemoOptions } from './options.ts';
import type { Stage } from './stage.ts';

type Situation = Pick<Stage, 'client' | 'died'>;

/** Gives the components alternating roles while their applications log in, and takes them back where the cluster stays. */
export class Adoptions {
  readonly #reports = new Map<string, AdoptionReport>();

  constructor(
    private readonly options: Pick<DemoOptions, 'cluster' | 'components' | 'concurrency'>,
    private readonly situation: Situation,
  ) {}

  of(component: string): AdoptionReport | undefined {
    return this.#reports.get(component);
  }

  /** @throws SandboxError when a component could not be adopted; the signal's reason when it is aborted. */
  async adopt(signal: AbortSignal): Promise<void> {
    const progress = new BatchProgress(false);
    await this.#each(async (component) => {
      const handle = await this.#start(component, false);
      const following = followAdoption(this.situation.client, handle, {
        progress: (report) => progress.rotation({ ...report, outcome: 'running' }),
        noAnswer: (from) => progress.noAnswer(from),
      });
      const ended = await Promise.race([following, this.situation.died, aborted(signal)]);
      if (typeof ended !== 'object') {
        if (signal.aborted) await this.#giveUp(handle);
        await following.catch(() => undefined);
        signal.throwIfAborted();
        throw new SandboxError(`While roles were made, ${String(ended)} ended.`);
      }
      progress.rotation({ ...ended, outcome: 'running' });
      if (ended.outcome !== 'adopted') throw notDone(ended);
      this.#reports.set(component, ended);
    });
  }

  /** A cluster that stays is left as it was; the embedded one goes with all that is in it. */
  async undo(): Promise<void> {
    if (this.options.cluster === 'embedded' || this.#reports.size === 0) return;
    say('Taking the login roles back …');
    await this.#each(async (component) => {
      if (!this.#reports.has(component)) return;
      const report = await awaitAdoption(await this.#start(component, true));
      if (report.outcome !== 'undone') throw notDone(report);
      this.#reports.delete(component);
    });
  }

  #start(component: string, undo: boolean): Promise<AdoptionHandle> {
    return startAdoption(this.situation.client, TASK_QUEUE, {
      component,
      undo,
      reason: 'demo',
      startedBy: startedBy(),
    });
  }

  /** As many at once as rotations. Each has its end before the first failure is thrown. */
  async #each(work: (component: string) => Promise<void>): Promise<void> {
    const { components, concurrency } = this.options;
    const waiting = [...components];
    const failures: unknown[] = [];
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && failures.length === 0; next = waiting.shift())
        await work(next).catch((error: unknown) => failures.push(error));
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    if (failures.length > 0) throw failures[0];
  }

  async #giveUp(handle: AdoptionHandle): Promise<void> {
    if (this.options.cluster === 'embedded') await handle.terminate('the demo was interrupted');
    else await handle.cancel();
  }
}

function notDone({ component, direction, outcome, cause }: AdoptionReport): SandboxError {
  const what = direction === 'undo' ? 'taken back from' : 'given';
  const why = cause === undefined ? '' : ` ${cause.type}: ${cause.message}`;
  return new SandboxError(`${component} could not be ${what} alternating roles: ${outcome}.${why}`);
}

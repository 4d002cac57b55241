import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Component } from '../../../src/domain/component.ts';
import type { Step } from '../../../src/domain/steps.ts';
import type { Request } from './fault-proxy.ts';
import type { Harness } from '../harness.ts';

/** A step of a workflow: its name, and which of its occurrences. */
export type Occurrence = readonly [step: Step, nth: number];

/** A turn from one role to the other, as its steps occur in a workflow without a failure. */
export const TURN = ['prepare', 'sync', 'publish', 'restart', 'drain', 'retire', 'sync', 'verify'] as const;

/** @param earlier how often a step has occurred before. */
export function occurrences(steps: readonly Step[], earlier: Partial<Record<Step, number>> = {}): Occurrence[] {
  return steps.map((step, index) => [
    step,
    steps.slice(0, index + 1).filter((one) => one === step).length + (earlier[step] ?? 0),
  ]);
}

/** A workflow whose worker is to be killed in some of its steps, in their order. */
export interface Victim {
  readonly component: Component;
  readonly steps: readonly Occurrence[];
  /** Called before its first step is due. */
  readonly start: () => Promise<WorkflowHandle>;
}

/**
 * The moment of a step at which it hurts most: its write is done, and the worker does not know. Steps that only read
 * are met at their first request.
 */
const MOMENTS: Readonly<Partial<Record<Step, 'written' | Look>>> = {
  // The second look at the staging Secret comes after it was made.
  stage: { path: /-rotation$/, nth: 2 },
  // Of three Secrets one is there.
  split: { path: /-a-role$/, nth: 1 },
  prepare: 'written',
  publish: 'written',
  retire: 'written',
  declare: 'written',
  withdraw: 'written',
  finish: 'written',
};

/** The nth request of a step for an object. */
interface Look {
  readonly path: RegExp;
  readonly nth: number;
}

/** What was started, in the victims' order. */
type Started<V extends readonly Victim[]> = { -readonly [I in keyof V]: Awaited<ReturnType<V[I]['start']>> };

/**
 * Kills the worker in each step of each workflow. All of them share the worker, so one death meets each of them in
 * another step: it is killed when every workflow is held in its next one. All are in their `restart` together, and
 * those with fewer steps before it start later: a step with a short budget would else be held while others roll out.
 * @returns the workflows, in the same order.
 */
export async function killInEachStep<const V extends readonly Victim[]>(
  harness: Harness,
  victims: V,
): Promise<Started<V>> {
  const untilRestart = victims.map(({ steps }) => steps.findIndex(([step]) => step === 'restart'));
  const first = untilRestart.map((before) => Math.max(...untilRestart) - before);
  const rounds = Math.max(...victims.map(({ steps }, index) => (first[index] ?? 0) + steps.length));
  const handles: WorkflowHandle[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const holds: Hold[] = [];
    for (const [index, { component, steps, start }] of victims.entries()) {
      const nth = round - (first[index] ?? 0);
      if (nth === 0) handles[index] = await start();
      const [handle, at] = [handles[index], steps[nth]];
      if (handle !== undefined && at !== undefined) holds.push(hold(harness, component, handle, at));
    }
    await Promise.all(holds.map(({ met }) => met));
    await harness.killWorkers();
    for (const { release } of holds) release();
    await harness.startWorker();
  }
  return handles as Started<V>;
}

export interface Hold {
  /** Ends when the workflow is held in its step. @throws when the workflow ends without. */
  readonly met: Promise<void>;
  readonly release: () => void;
}

/**
 * Lets a workflow's worker wait for the API server in the middle of a step.
 * @param write of a step that is met after a write: after which of its writes.
 */
export function hold(harness: Harness, component: Component, handle: WorkflowHandle, at: Occurrence, write = 1): Hold {
  const { observers, witnesses } = harness.proxy;
  const moment = MOMENTS[at[0]] ?? { path: /./, nth: 1 };
  let isMet = false;
  let looks = 0;
  let release = (): void => undefined;
  let meet = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const met = new Promise<void>((resolve) => (meet = resolve));
  const holdHere = async ({ path }: Request): Promise<void> => {
    if (!path.includes(`/${component.name}-`)) return;
    if (!isMet) {
      const [step, nth] = await currentStep(handle);
      if (step !== at[0] || nth !== at[1]) return;
      looks += 1;
      if (looks < (moment === 'written' ? write : moment.nth)) return;
    }
    isMet = true;
    meet();
    await released;
  };
  const whenAsked = async (request: Request): Promise<void> => {
    if (isMet || (moment !== 'written' && moment.path.test(request.path))) await holdHere(request);
  };
  const whenWritten = async (request: Request): Promise<void> => {
    if (moment === 'written' && request.method !== 'GET') await holdHere(request);
  };
  observers.add(whenAsked);
  witnesses.add(whenWritten);
  const ended = handle.result().then(
    () => 'well',
    (error: unknown) =>
      error instanceof WorkflowFailedError ? `${error.message} ${error.cause?.message}` : String(error),
  );
  const missed = ended.then((how) => {
    if (!isMet) throw new Error(`the workflow of ${component.name} ended (${how}) without ${at.join(' ')}`);
  });
  return {
    met: Promise.race([met, missed]),
    release: () => {
      observers.delete(whenAsked);
      witnesses.delete(whenWritten);
      release();
    },
  };
}

/** The step of the last activity, as the Temporal server knows it: no worker is needed for that. */
async function currentStep(handle: WorkflowHandle): Promise<readonly [step: string, nth: number]> {
  const { events = [] } = await handle.fetchHistory();
  const steps = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) => {
    if (scheduled === undefined || scheduled === null) return [];
    const summary = Buffer.from(userMetadata?.summary?.data ?? []).toString('utf8');
    return [/^"([a-z]+),/.exec(summary)?.[1] ?? ''];
  });
  const last = steps.at(-1) ?? '';
  return [last, steps.filter((step) => step === last).length];
}

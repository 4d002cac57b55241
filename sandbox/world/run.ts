import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/domain/failures.ts';
import type { ClusterChoice } from '../open-cluster.ts';
import type { LoadedWorld } from './load.ts';
import type { Stage } from './stage.ts';
import { WorldRun } from './world-run.ts';

/** How a world came out. */
export interface WorldResult {
  readonly file: string;
  readonly world: string;
  readonly case?: string;
  readonly verdict: 'as expected' | 'not as expected' | 'still open' | 'no longer open' | 'not played';
  /** What was not as expected, one line each; why it was not played. */
  readonly because: readonly string[];
  readonly seconds: number;
}

/** Whether nothing has to be done about it. */
export function isFine({ verdict }: WorldResult): boolean {
  return verdict === 'as expected' || verdict === 'still open' || verdict === 'not played';
}

export interface PlayOptions {
  readonly concurrency: number;
  /** Nothing of a world is taken down when it has ended. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly ended: (result: WorldResult) => void;
}

/** Plays the worlds, several at once; one that fails stops none of the others. */
export async function playAll(
  stage: Stage,
  worlds: readonly LoadedWorld[],
  { concurrency, keep, signal, ended }: PlayOptions,
): Promise<readonly WorldResult[]> {
  const waiting = [...worlds];
  const results: WorldResult[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      const result = await play(stage, next, { keep, signal });
      results.push(result);
      ended(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  signal.throwIfAborted();
  return worlds.flatMap(({ file }) => results.find((result) => result.file === file) ?? []);
}

/** Plays one world. Never throws: what goes wrong is how it came out. */
export async function play(
  stage: Stage,
  world: LoadedWorld,
  { keep = false, signal }: { readonly keep?: boolean; readonly signal: AbortSignal },
): Promise<WorldResult> {
  const startedAt = Date.now();
  const result = (verdict: WorldResult['verdict'], because: readonly string[]): WorldResult => ({
    file: world.file,
    world: world.world,
    case: world.case,
    verdict,
    because,
    seconds: Math.round((Date.now() - startedAt) / 100) / 10,
  });
  if (world.unplayable !== undefined) return result('not played', [world.unplayable]);
  if (!world.cluster[stage.cluster]) return result('not played', [`it is not for the ${stage.cluster} sandbox`]);
  const because = await disagreements(stage, world, keep, signal);
  if (world.open === undefined) return result(because.length === 0 ? 'as expected' : 'not as expected', because);
  return because.length > 0
    ? result('still open', [world.open, ...because])
    : result('no longer open', [`it is as expected now: take "open: ${world.open}" out of the file`]);
}

/** On the real cluster a world's own Clusters come up in 40 s and more, and pods start in seconds. */
const SLOWNESS: Readonly<Record<ClusterChoice, number>> = { embedded: 1, real: 2 };

async function disagreements(
  stage: Stage,
  world: LoadedWorld,
  keep: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const folder = path.join(stage.folder, world.id);
  mkdirSync(folder, { recursive: true });
  const over = new AbortController();
  const run = new WorldRun(stage, world, folder, AbortSignal.any([signal, over.signal]));
  const seconds = world.limitSeconds * SLOWNESS[stage.cluster];
  const limit = sleep(seconds * 1_000, undefined, { signal: over.signal }).then(
    () => [`it did not end within ${seconds} s`],
    () => [],
  );
  const playing = run.play().catch((error: unknown) => [`it could not be played: ${messageOf(error)}`]);
  try {
    return (await Promise.race([playing, limit])).map((line) => run.place.back(line));
  } finally {
    over.abort();
    if (keep) writeFileSync(path.join(folder, 'README'), `${world.world}: ${run.place.namespaces.join(', ')}\n`);
    // What is left must not keep the next world from its turn.
    else await Promise.race([run.close().catch(() => undefined), sleep(15_000)]);
    // A world that took too long has ended by now: its workflows are terminated. Nothing of it asks a closed connection.
    if (!keep) await Promise.race([playing, sleep(5_000)]);
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker, type ReplayWorkerOptions } from '@temporalio/worker';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));

/** The files of the histories that an earlier version recorded. */
export const HISTORIES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .sort();

/** Replays every recorded history. @returns the files, each with what went wrong. */
export async function replayRecorded(worker: ReplayWorkerOptions): Promise<readonly string[]> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const histories = HISTORIES.map((file) => ({
    workflowId: file,
    history: JSON.parse(readFileSync(FOLDER + file, 'utf8')) as unknown,
  }));
  const results: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(worker, histories))
    results.push(error === undefined ? workflowId : `${workflowId}: ${error.message}`);
  return results.sort();
}

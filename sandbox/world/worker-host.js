// @ts-check
/*
 * Runs the workers of many worlds in one process, since most of a worker's start is the loading of its program: each
 * has a Temporal namespace, a kubeconfig and a catalogue of its own, given as to a worker in production.
 */
import { pathToFileURL } from 'node:url';

/** @typedef {{ id: string, do: 'start' | 'stop', environment?: Record<string, string> }} Request */
/** @typedef {{ worker: import('@temporalio/worker').Worker, ended: Promise<void> }} Running */

const dist = pathToFileURL(`${process.argv[2] ?? ''}/`);
/** @type {typeof import('../../src/worker.ts')} */
const { connectCluster, createWorker, installRuntime } = await import(new URL('worker.js', dist).href);
/** @type {typeof import('../../src/temporal/target.ts')} */
const { temporalTarget } = await import(new URL('temporal/target.js', dist).href);
installRuntime();

/** @type {Map<string, Running>} */
const running = new Map();
/** The environment is one for all: who starts reads it alone. */
let turn = Promise.resolve();

process.on('message', (message) => {
  const request = /** @type {Request} */ (message);
  if (request.do === 'start') turn = turn.then(() => answer(request.id, start(request)));
  else void answer(request.id, stop(request.id));
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
process.send?.({ id: '', done: true });

/** @param {Request} request */
async function start({ id, environment = {} }) {
  Object.assign(process.env, environment);
  const worker = await createWorker(temporalTarget(), connectCluster());
  const ended = worker.run();
  ended.catch((error) => process.stderr.write(`worker ${id}: ${String(error)}\n`));
  running.set(id, { worker, ended });
}

/** @param {string} id */
async function stop(id) {
  const one = running.get(id);
  running.delete(id);
  if (one?.worker.getState() === 'RUNNING') one.worker.shutdown();
  await one?.ended.catch(() => undefined);
}

/** @param {string} id @param {Promise<void>} work */
async function answer(id, work) {
  await work.then(
    () => process.send?.({ id, done: true }),
    (error) => process.send?.({ id, done: false, type: error?.type, message: String(error?.message ?? error) }),
  );
}

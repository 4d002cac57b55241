import { EmbeddedSandbox } from '../../sandbox/embedded/index.ts';
import { exitCodeOf, interruptible } from '../../sandbox/common/interrupt.ts';

/* Starts an embedded sandbox and ends it in the way that its argument says: `close`, `fail` or `stay`. */

const how = process.argv[2];
const failing = new AbortController();

async function hold(interrupt: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([interrupt, failing.signal]);
  const starting = EmbeddedSandbox.start({ components: ['litellm'], signal });
  // In the middle of its start: the server runs, the application does not yet.
  if (how === 'fail') setTimeout(() => failing.abort(new Error('a start that fails')), 1_500);
  const sandbox = await starting;
  try {
    process.stdout.write(`${JSON.stringify({ folder: sandbox.folder, url: sandbox.api.url })}\n`);
    if (how === 'stay') await new Promise((resolve) => interrupt.addEventListener('abort', resolve));
    interrupt.throwIfAborted();
  } finally {
    await sandbox.close();
  }
}

try {
  // Somebody waits for ever otherwise: the promise of an interrupt keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  await interruptible(hold).finally(() => clearInterval(alive));
} catch (error) {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

import { tearDown } from './down.ts';
import { lockSandbox } from './lock.ts';
import { createProgress, type Progress } from '../common/progress.ts';

export { kubectl } from './builds.ts';
export { FAULTS, fault, parseFault, parseSeconds, type FaultName } from './fault.ts';
export { serveTemporal } from './temporal-service.ts';
export { status, type SandboxStatus } from './status.ts';
export { up, type UpContext } from './up.ts';

/** Ends the sandbox and removes all that it made; with no sandbox it does nothing. */
export async function down(progress: Progress = createProgress()): Promise<void> {
  const release = await lockSandbox(new AbortController().signal, progress);
  try {
    await progress.run('Take the sandbox down', tearDown);
  } finally {
    release();
  }
}
export { bringWorkerImage } from './worker-image.ts';
export { WORKER_TARGETS, type WorkerTarget } from './worker-parts.ts';

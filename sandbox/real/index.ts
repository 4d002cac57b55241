import { tearDown } from './down.ts';
import { lockSandbox } from './lock.ts';
import { createProgress, type Progress } from './progress.ts';

export { SandboxError, describeError } from './errors.ts';
export { FAULTS, fault, parseFault, parseSeconds, type FaultName } from './fault.ts';
export { exitCodeOf, interruptible } from './interrupt.ts';
export { CNPG_VERSIONS, COMPONENT_NAMES, RELOADER_CHOICES, parseCnpg, parseComponents } from './options.ts';
export type { CnpgVersion, ComponentName, ReloaderChoice, SandboxOptions } from './options.ts';
export { createProgress, type Phase, type Progress } from './progress.ts';
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

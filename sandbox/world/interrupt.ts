import { ROTATION_LABEL } from '../../src/domain/marks.ts';
import type { EmbeddedSandbox } from '../embedded/index.ts';

/**
 * Ends a rotation's workflow at its write of a Secret. The write hangs on the line, and lands when another rotation has
 * written the Secret.
 * @returns whether the rotation came to that write, and what takes the trap away.
 */
export function interruptAt(
  { faults, store }: Pick<EmbeddedSandbox, 'faults' | 'store'>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  terminate: () => Promise<void>,
): { readonly hasCome: () => boolean; readonly end: () => void } {
  let interrupted: string | undefined;
  let over = false;
  let end = (): void => undefined;
  const heldUntil = new Promise<void>((resolve) => {
    const unsubscribe = store.subscribe('secrets', ({ object }) => {
      if (object.metadata?.namespace === namespace && object.metadata.name === name) end();
    });
    end = () => {
      over = true;
      unsubscribe();
      resolve();
    };
  });
  const { choose } = faults;
  faults.choose = (request) => {
    const { pathname } = new URL(request.path, 'http://api');
    const isTheWrite = request.method === 'PATCH' && pathname.endsWith(`/namespaces/${namespace}/secrets/${name}`);
    const labels = store.list('secrets', { namespace }).map(({ metadata }) => metadata?.labels?.[ROTATION_LABEL]);
    const rotation = labels.find((label) => label !== undefined);
    if (over || !isTheWrite || rotation === undefined) return choose(request);
    interrupted ??= rotation;
    if (interrupted !== rotation) return choose(request);
    void terminate();
    return { heldUntil };
  };
  return { hasCome: () => interrupted !== undefined, end: () => end() };
}

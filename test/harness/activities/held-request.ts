import type { ApiFaults } from '../../../sandbox/embedded/api/index.ts';

/** A request that hangs on the line. */
export interface HeldRequest {
  /** It was sent. */
  readonly sent: Promise<void>;
  /** It lands now. */
  readonly land: () => void;
}

/** Holds the next request of a method for an object. Later ones are answered as always. */
export function holdNext(faults: ApiFaults, method: string, name: string): HeldRequest {
  let land = (): void => undefined;
  const heldUntil = new Promise<void>((resolve) => (land = resolve));
  const sent = new Promise<void>((resolve) => {
    faults.choose = (request) => {
      const { pathname } = new URL(request.path, 'http://api');
      if (request.method !== method || !pathname.endsWith(`/${name}`)) return undefined;
      faults.choose = () => undefined;
      resolve();
      return { heldUntil };
    };
  });
  return { sent, land };
}

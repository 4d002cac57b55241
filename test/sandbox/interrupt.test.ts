import { Interrupted, exitCodeOf, interruptible } from '../../sandbox/common/interrupt.ts';

/** What a shell's Ctrl-C does to this process, without ending the test's. */
const press = (name: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => process.emit(name, name);

const interrupted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });

describe('an interrupt', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s ends with code %i, after the clean-up', async (name, code) => {
    let clean = false;
    const work = interruptible(async (signal) => {
      await interrupted(signal);
      clean = true;
      signal.throwIfAborted();
    });
    press(name);
    const error: unknown = await work.catch((caught: unknown) => caught);
    expect(clean).toBe(true);
    expect(error).toEqual(new Interrupted(name));
    expect(exitCodeOf(error)).toBe(code);
  });

  it('is what is told even when the work met another error by it', async () => {
    const work = interruptible(async (signal) => {
      await interrupted(signal);
      throw new Error('a socket was closed');
    });
    press('SIGINT');
    await expect(work).rejects.toThrow('Stopped by SIGINT.');
  });

  it('that comes too late changes nothing', async () => {
    const work = interruptible(async (signal) => {
      await interrupted(signal);
      return 'done';
    });
    press('SIGINT');
    await expect(work).resolves.toBe('done');
  });

  it('does not end the process while work goes on, and does again afterwards', async () => {
    const before = process.listenerCount('SIGINT');
    await interruptible(() => {
      expect(process.listenerCount('SIGINT')).toBe(before + 1);
      return Promise.resolve();
    });
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  it('is told apart from a failure, which ends with code 1', async () => {
    const error: unknown = await interruptible(() => Promise.reject(new Error('no space'))).catch((e: unknown) => e);
    expect(error).toEqual(new Error('no space'));
    expect(exitCodeOf(error)).toBe(1);
  });
});

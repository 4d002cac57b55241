import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyOf, lock, once } from '../../sandbox/common/cache.ts';
import { cacheDirectory } from '../../sandbox/common/paths.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sandbox-cache-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();
/** Above the kernel's highest, so that it is nobody's. */
const NOBODY = String(2 ** 22 + 1);

describe('a key', () => {
  it('is the same for the same inputs', () => {
    expect(keyOf('a', Buffer.from('b'))).toBe(keyOf('a', 'b'));
  });

  it.each([
    ['a changed input', ['a', 'c']],
    ['another order', ['b', 'a']],
    ['one input more', ['a', 'b', '']],
    ['a boundary that moved', ['ab']],
  ])('is another for %s', (_, inputs) => {
    expect(keyOf(...inputs)).not.toBe(keyOf('a', 'b'));
  });
});

describe('something that is made once', () => {
  const make = (text: string) => (directory: string) => {
    writeFileSync(join(directory, 'file'), text);
    return Promise.resolve();
  };

  it('is made when it is missing, and not again', async () => {
    const path = join(folder, 'deep', 'thing');
    await once(path, make('first'), { signal });
    await once(path, make('second'), { signal });
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('first');
  });

  it('is made by one of two that want it at the same time, and the other waits', async () => {
    const path = join(folder, 'thing');
    let made = 0;
    const slow = async (directory: string) => {
      made++;
      await new Promise(setImmediate);
      await make('whole')(directory);
    };
    await Promise.all([once(path, slow, { signal }), once(path, slow, { signal })]);
    expect(made).toBe(1);
  });

  it('leaves nothing behind when it cannot be made', async () => {
    const failing = async (directory: string) => {
      await make('half')(directory);
      throw new Error('no space');
    };
    await expect(once(join(folder, 'thing'), failing, { signal })).rejects.toThrow('no space');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a lock', () => {
  it('is given back', async () => {
    const file = join(folder, 'lock');
    const release = await lock(file, { signal });
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
    release();
    expect(existsSync(file)).toBe(false);
  });

  it('keeps a second taker waiting, who is told by whom, until the first gives it back', async () => {
    const file = join(folder, 'lock');
    const release = await lock(file, { signal });
    const holders: number[] = [];
    const second = await lock(file, {
      signal,
      waiting: (pid) => {
        holders.push(pid);
        release();
      },
    });
    expect(holders).toEqual([process.pid]);
    second();
  });

  it.each([
    ['a process that has ended', NOBODY],
    ['nobody', ''],
    ['something unreadable', 'x'],
  ])('of %s counts for nothing', async (_, content) => {
    const file = join(folder, 'lock');
    writeFileSync(file, content);
    const waiting = (pid: number) => {
      throw new Error(`waits for ${pid}`);
    };
    const release = await lock(file, { signal, waiting });
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
    release();
  });

  it('is not waited for any longer after an interrupt', async () => {
    const file = join(folder, 'lock');
    const release = await lock(file, { signal });
    const interrupted = new AbortController();
    const second = lock(file, { signal: interrupted.signal, waiting: () => interrupted.abort(new Error('enough')) });
    await expect(second).rejects.toThrow('enough');
    release();
  });
});

describe('the cache', () => {
  it.each([
    ['where its own variable says', { CNPG_ROTATOR_CACHE: '/own', XDG_CACHE_HOME: '/xdg' }, '/own'],
    ['in the folder for caches', { CNPG_ROTATOR_CACHE: '', XDG_CACHE_HOME: '/xdg' }, '/xdg/cnpg-rotator'],
  ])('is kept %s', (_, env, expected) => {
    expect(cacheDirectory(env)).toBe(expected);
  });

  it('is kept in the home folder otherwise', () => {
    expect(cacheDirectory({ XDG_CACHE_HOME: '' })).toMatch(/\/\.cache\/cnpg-rotator$/);
  });
});

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useTools } from '../../sandbox/gitops/tools.ts';
import type { Place } from '../../src/gitops/places.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST, NEW } from '../harness/git/manifests.ts';

useTools();

const MEGABYTE = 1024 * 1024;
/** A tenth of what was seen first: a branch of 70 MB, and the 64 MB that a container's /dev/shm has by default. */
const OF_THE_BRANCH = 7;
const OF_MEMORY = 6;

// Only root may mount a small memory.
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('the files of a branch that is larger than the memory', () => {
  let home: Home;
  let memory: Place;
  let disk: Place;

  beforeEach(async () => {
    home = await Home.open({ keys: 'stringData' });
    memory = { path: join(home.directory, 'memory'), mayHoldPlaintext: true };
    disk = { path: join(home.directory, 'disk'), mayHoldPlaintext: false };
    for (const { path } of [memory, disk]) mkdirSync(path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${OF_MEMORY}m`, 'tmpfs', memory.path]);
    mkdirSync(join(home.desk, 'photos'));
    await grow(OF_THE_BRANCH);
  }, 60_000);
  afterEach(async () => {
    expect([...readdirSync(memory.path), ...readdirSync(disk.path)]).toEqual([]);
    execFileSync('umount', [memory.path]);
    await home.close();
  });

  async function grow(megabytes: number): Promise<void> {
    writeFileSync(join(home.desk, 'photos/large'), randomBytes(megabytes * MEGABYTE));
    await home.commit('Large');
  }

  const withoutPartialClones = () => home.git('-C', home.bare, 'config', 'uploadpack.allowFilter', 'false');

  test('fit, where the server can leave out the files that nobody reads', async () => {
    await expect(home.change(home.source(), { places: [memory] })).resolves.toMatchObject({ pushed: true });
    expect(await home.decrypted(MANIFEST)).toContain(NEW);
  });

  test('take a disk, where the server sends all of it and nothing in the clone is plaintext', async () => {
    await withoutPartialClones();
    await expect(home.change(home.source(), { places: [memory, disk] })).resolves.toMatchObject({ pushed: true });
    expect(await home.decrypted(MANIFEST)).toContain(NEW);
  });

  test.each([
    ['sends the files as they are checked out', () => Promise.resolve(), /needs more than is free/],
    ['sends all at once', withoutPartialClones, /needs more than is free/],
    ['had room to send them, and they have none beside what it sent', () => grow(4), /needs about 8 MB/],
  ])('are refused with the true reason, where a render makes plaintext and the server %s', async (_, prepare, size) => {
    await prepare();
    const before = await home.log();
    const failed = await home.change(home.rendered(), { places: [memory, disk] }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ type: 'NoSpace', retryable: true });
    expect(String(failed)).toMatch(size);
    expect(String(failed)).toContain(`${memory.path} has 6 MB free of 6 MB`);
    expect(String(failed)).toMatch(/goes to no disk unasked.*emptyDir.*CNPG_ROTATOR_SCRATCH/);
    expect(await home.log()).toEqual(before);
  });

  test('fit, where the operator names a folder', async () => {
    const named = { ...disk, mayHoldPlaintext: true };
    await expect(home.change(home.rendered(), { places: [named] })).resolves.toMatchObject({ pushed: true });
  });

  test('of the past stay on the server', async () => {
    await withoutPartialClones();
    writeFileSync(join(home.desk, 'photos/large'), 'small');
    await home.commit('Small');
    await expect(home.change(home.source(), { places: [memory], first: true })).resolves.toMatchObject({
      pushed: true,
    });
  });
});

describe('a full disk', () => {
  test('of the server is not taken for one of the worker', async () => {
    const home = await Home.open();
    try {
      await home.refusePushes('fatal: write error: No space left on device');
      await expect(home.change(home.source())).rejects.toMatchObject({
        type: 'GitPushRefused',
        message: expect.stringContaining('No space left on device') as string,
      });
    } finally {
      await home.close();
    }
  });
});

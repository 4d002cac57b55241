import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leavesTheClone } from '../../src/gitops/inside.ts';
import { neededFiles } from '../../src/gitops/needed-files.ts';
import { placesFor, saysFull, type Place } from '../../src/gitops/places.ts';
import { openScratch } from '../../src/gitops/scratch.ts';
import { GITOPS } from '../harness/examples.ts';

const folder = (name: string): string => mkdtempSync(join(tmpdir(), `${name}-`));

describe('the folders of one activity', () => {
  const memory: Place = { path: folder('memory'), mayHoldPlaintext: true };
  const disk: Place = { path: folder('disk'), mayHoldPlaintext: false };
  afterEach(() => {
    expect([...readdirSync(memory.path), ...readdirSync(disk.path)]).toEqual([]);
  });

  it.each([
    ['a clone without plaintext, and no secrets', false, false, [disk, memory], [disk, memory]],
    ['a clone with plaintext', false, true, [disk, memory], [memory]],
    ['a clone without plaintext, and secrets', true, false, [disk, memory], [disk, memory]],
  ])('for %s', (_, secrets, plaintextInClone, all, places) => {
    const scratch = openScratch({ secrets, plaintextInClone }, all);
    expect(scratch.directory.startsWith(memory.path)).toBe(true);
    expect(scratch.places).toEqual(places);
    expect(scratch.openRoom(disk)).not.toBe(scratch.openRoom(disk));
    expect(readdirSync(disk.path)).toHaveLength(1);
    scratch.remove();
  });

  it.each([
    ['secrets', true, false],
    ['plaintext in the clone', false, true],
  ])('are refused where there is a disk alone, for %s', (_, secrets, plaintextInClone) => {
    expect(() => openScratch({ secrets, plaintextInClone }, [disk])).toThrow('has no folder in memory');
  });

  it('are where the operator says, and only there', () => {
    expect(placesFor({ CNPG_ROTATOR_SCRATCH: disk.path })).toEqual([{ path: disk.path, mayHoldPlaintext: true }]);
    expect(() => placesFor({ CNPG_ROTATOR_SCRATCH: '/nowhere' })).toThrow('cannot write into the folder /nowhere');
  });
});

describe('a full disk', () => {
  it.each([
    ['fatal: write error: No space left on device', true],
    ['error: unable to write file photos/large\nfatal: Could not reset index file', true],
    ['error: unable to write file a: Disk quota exceeded', true],
    ['remote: fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly', false],
    ['fatal: unable to access: Could not resolve host', false],
  ])('is read from Git’s words: %s', (words, full) => {
    expect(saysFull(words)).toBe(full);
  });
});

describe('the files of the branch that a clone has', () => {
  it.each([
    ['the encrypted ones', {}, ['/.sops.yaml', '*.sops.yaml', '*.sops.yml']],
    ['those that the catalogue names', { manifests: ['./apps', 'a.yaml'] }, ['/.sops.yaml', '/apps', '/a.yaml']],
    [
      'the variables too',
      { manifests: ['apps'], variable: { file: 'vars.sops.yaml', key: 'k' } },
      ['/.sops.yaml', '/apps', '/vars.sops.yaml'],
    ],
    ['all, where a render may read any', { render: ['task'] }, undefined],
    ['all, where a command brings them to the cluster', { flux: { reconcile: ['task'] } }, undefined],
    ['all, where a name has a meaning in a pattern', { manifests: ['apps/*/secret.yaml'] }, undefined],
  ])('are %s', (_, more, expected) => {
    expect(neededFiles({ ...GITOPS, render: [], ...more })).toEqual(expected);
  });
});

describe('a path of the clone', () => {
  const clone = folder('clone');
  for (const path of ['.git', 'apps', 'apps/litellm']) mkdirSync(join(clone, path));
  const links: readonly (readonly [string, string, boolean])[] = [
    ['inside', 'apps/litellm', false],
    ['not-yet', 'apps/made-by-the-render', false],
    ['up-and-down', 'apps/../apps', false],
    ['absolute', '/etc', true],
    ['up', '..', true],
    ['beside', '../other', true],
    ['by-another', 'up/x', true],
    ['itself', 'itself', true],
    ['git', '.git/config', true],
    ['top', '.', true],
  ];
  for (const [name, to] of links) symlinkSync(to, join(clone, name));
  afterAll(() => rmSync(clone, { recursive: true }));

  it.each(links)('that is the link %s to %s leads out: %s', (name, _, out) => {
    expect(leavesTheClone(clone, name)).toBe(out);
  });
});

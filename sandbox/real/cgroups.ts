import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAME } from './paths.ts';

const ROOT = '/sys/fs/cgroup';

/** Each hierarchy of cgroup v1, or the only one of v2. */
function hierarchies(): string[] {
  if (isVersion2()) return [ROOT];
  return readdirSync(ROOT)
    .map((name) => join(ROOT, name))
    .filter((path) => statSync(path).isDirectory());
}

export function isVersion2(): boolean {
  return existsSync(join(ROOT, 'cgroup.controllers'));
}

/** A cgroup of our own for all pods, so that a kubelet of the host's, if it has one, is not disturbed. */
export function createCgroups(): void {
  if (isVersion2()) enableControllers();
  for (const hierarchy of hierarchies()) {
    const path = join(hierarchy, NAME);
    mkdirSync(path, { recursive: true });
    // A new cpuset of v1 is empty, and a process could run nowhere in it.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!isVersion2() && existsSync(join(path, file))) {
        writeFileSync(join(path, file), readFileSync(join(hierarchy, file)));
      }
    }
  }
}

function enableControllers(): void {
  for (const controller of readFileSync(join(ROOT, 'cgroup.controllers'), 'utf8').trim().split(' ')) {
    writeFileSync(join(ROOT, 'cgroup.subtree_control'), `+${controller}`);
  }
}

/** Tells whether all are gone: one in which a process is still ending cannot be removed yet. */
export function removeCgroups(name = NAME): boolean {
  return hierarchies()
    .map((hierarchy) => removeTree(join(hierarchy, name)))
    .every((removed) => removed);
}

/** A cgroup is removed by rmdir, its children first; its files are no files. */
function removeTree(path: string): boolean {
  if (!existsSync(path)) return true;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(path, entry.name));
  }
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

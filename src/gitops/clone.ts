import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitOpsSource } from '../domain/source.ts';
import type { GitCall, GitCommand } from './git-command.ts';
import { gitFailure } from './git-errors.ts';
import { describeRoom, saysFull } from './places.ts';
import { doesNotFit, inRoom, type Scratch, type Tried } from './scratch.ts';

export interface CloneOptions {
  readonly source: Pick<GitOpsSource, 'repository' | 'branch'>;
  readonly sparse: readonly string[] | undefined;
  readonly timeoutMs: number;
}

/** One commit, and its files only as they are checked out, where the server can do that. */
const HOW = ['--depth=1', '--filter=blob:none', '--single-branch', '--no-tags', '--no-checkout'];

/**
 * Clones the branch into the first place with room for it: `<room>/clone`.
 * @returns the room.
 * @throws RotationError `NoSpace` where no place has room; `GitUnreachable`, `GitForbidden`, …
 */
export async function cloneInto(scratch: Scratch, git: GitCommand, options: CloneOptions): Promise<string> {
  const { source, sparse, timeoutMs } = options;
  const { repository, branch } = source;
  const tried: Tried[] = [];
  for (const place of scratch.places) {
    const room = scratch.openRoom(place);
    const clone = join(room, 'clone');
    const before = describeRoom(room, place.path);
    const full = async (doing: string, cwd: string, args: readonly string[]): Promise<boolean> => {
      const settings: GitCall['settings'] = sparse === undefined ? {} : { 'core.sparseCheckout': 'true' };
      const { exitCode, stderr } = await git.run(args, { cwd, timeoutMs, settings });
      if (exitCode === 0) return false;
      if (!saysFull(stderr)) throw gitFailure(repository, doing, stderr, git.given);
      tried.push({ room: before, neededBytes: await neededBytes(git, clone) });
      return true;
    };
    const cloning = ['clone', '--quiet', ...HOW, `--branch=${branch}`, '--', repository, clone];
    if (await full('clone', room, cloning)) continue;
    if (sparse !== undefined) inRoom(room, () => chooseFiles(clone, sparse));
    // The blobs are fetched only now.
    if (!(await full('check out', clone, ['reset', '--quiet', '--hard', `origin/${branch}`]))) return room;
  }
  throw doesNotFit(repository, tried, scratch);
}

function chooseFiles(clone: string, patterns: readonly string[]): void {
  const folder = join(clone, '.git', 'info');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sparse-checkout'), patterns.map((pattern) => `${pattern}\n`).join(''));
}

/** What the clone and all of its files take, as far as their sizes are known without the server. */
async function neededBytes(git: GitCommand, clone: string): Promise<number | undefined> {
  const call = { cwd: clone, settings: { 'protocol.allow': 'never' } };
  // Git removes a clone that failed.
  if (!existsSync(clone)) return undefined;
  const tree = await git.run(['ls-tree', '-r', '--long', '--full-tree', 'HEAD'], call);
  const objects = await git.run(['count-objects', '-v'], call);
  if (tree.exitCode !== 0 || objects.exitCode !== 0) return undefined;
  const files = [...tree.stdout.matchAll(/^\S+ blob \S+ +(\d+)\t/gm)].map(([, size]) => Number(size));
  const packedKilobytes = Number(/^size-pack: (\d+)$/m.exec(objects.stdout)?.[1] ?? 0);
  return files.reduce((sum, size) => sum + size, packedKilobytes * 1024);
}

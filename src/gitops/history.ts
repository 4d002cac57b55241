import { PART_TRAILER, rotationTrailer, TARGET_TRAILER, type CommitTrailers } from '../domain/source.ts';

/** So much of the history is fetched, one after the other. A rotation's own commit is at most as old as the rotation. */
const DEPTHS = [20, 100, 500] as const;

export interface History {
  /** Such as `origin/main`. */
  readonly branch: string;
  readonly local: (args: readonly string[]) => Promise<string>;
  /** Undefined where what the clone has is enough. */
  readonly deepen: ((depth: number) => Promise<void>) | undefined;
}

/** The newest commit that the rotation made for this target and this part, at most 500 commits back. */
export async function findOwnCommit(trailers: CommitTrailers, history: History): Promise<string | undefined> {
  for (const depth of [undefined, ...DEPTHS]) {
    if (depth !== undefined) await history.deepen?.(depth);
    const seen = await ownCommits(trailers, history);
    const own = seen.find(({ targets }) => targets.includes(trailers.target));
    if (own !== undefined || history.deepen === undefined) return own?.commit;
    // The commit that goes back is newer than the one that it undoes.
    if (trailers.target === 'previous' && seen.length > 0) return undefined;
    if ((await history.local(['rev-parse', '--is-shallow-repository'])).trim() === 'false') return undefined;
  }
  return undefined;
}

interface OwnCommit {
  readonly commit: string;
  readonly targets: readonly string[];
}

/** The rotation's commits for this part, whatever their target, the newest first. */
async function ownCommits({ rotation, login }: CommitTrailers, history: History): Promise<readonly OwnCommit[]> {
  const trailer = (key: string): string => `%(trailers:key=${key},valueonly,separator=%x20)`;
  const format = `--format=%H%x00${trailer(TARGET_TRAILER)}%x00${trailer(PART_TRAILER)}`;
  const grep = ['--fixed-strings', `--grep=${rotationTrailer(rotation)}`];
  const log = await history.local(['log', format, ...grep, history.branch]);
  const part = login?.part ?? '';
  return log
    .split('\n')
    .map((line) => line.split('\0'))
    .filter(([commit = '', , parts = '']) => commit !== '' && parts.split(' ').includes(part))
    .map(([commit = '', targets = '']) => ({ commit, targets: targets.split(' ') }));
}

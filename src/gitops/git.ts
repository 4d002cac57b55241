import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RotationError } from '../domain/failures.ts';
import { type CommitTrailers } from '../domain/source.ts';
import { cloneInto } from './clone.ts';
import { GitCommand, type GitCall, type GitCommandOptions } from './git-command.ts';
import { gitFailure, readPush, type PushResult } from './git-errors.ts';
import { findOwnCommit } from './history.ts';
import { leavesTheClone, readInside, refuseLinks, writeInside } from './inside.ts';
import { saysFull } from './places.ts';
import { quotable } from './quotable.ts';
import type { Finished } from '../programs/run.ts';
import { fullRoom, inRoom, type Scratch } from './scratch.ts';

export interface RepositoryOptions extends GitCommandOptions {
  readonly scratch: Scratch;
  /** What the work tree has of the branch, as patterns of .gitignore; undefined for all of it. */
  readonly sparse?: readonly string[] | undefined;
}

const NETWORK_TIMEOUT_MS = 60_000;
/** The mode of a symbolic link and of a submodule in Git's index. */
const NO_FILE = /^1[26]0000 /;

/** A clone of the branch in the scratch folder: one commit, and of its files those that are needed. */
export class Repository {
  readonly #options: RepositoryOptions;
  readonly #git: GitCommand;
  /** Commits that are older than what the clone has of the branch, or are not on it. */
  readonly #strangers = new Set<string>();
  #room: string;

  constructor(options: RepositoryOptions) {
    this.#options = options;
    this.#git = new GitCommand(options);
    this.#room = options.scratch.directory;
  }

  /** The work tree. Another one, once the clone had to go to another place. */
  get directory(): string {
    return join(this.#room, 'clone');
  }

  /** Brings the work tree to the branch's current state. @throws RotationError `GitUnreachable`, `GitForbidden`, … */
  async refresh(): Promise<void> {
    const { source, sparse } = this.#options;
    if (!existsSync(this.directory)) {
      this.#room = await cloneInto(this.#options.scratch, this.#git, {
        source,
        sparse,
        timeoutMs: NETWORK_TIMEOUT_MS,
      });
    } else {
      await this.#fetch(['origin', source.branch]);
      await this.#checkOut();
    }
    await this.#local(['clean', '-ffdxq']);
  }

  /**
   * The branch's newest commit that the rotation made for this target and this part.
   * @param mayBePushed whether an earlier attempt may have pushed one. The clone then gets as much of the history as it
   *   takes to know.
   */
  findCommit(trailers: CommitTrailers, mayBePushed: boolean): Promise<string | undefined> {
    return findOwnCommit(trailers, {
      branch: `origin/${this.#options.source.branch}`,
      local: (args) => this.#local(args),
      deepen: mayBePushed
        ? async (depth) => this.#fetch([`--depth=${depth}`, 'origin', this.#options.source.branch])
        : undefined,
    });
  }

  /** The branch's newest commit at the last refresh. */
  async head(): Promise<string> {
    return (await this.#local(['rev-parse', `origin/${this.#options.source.branch}`])).trim();
  }

  /**
   * Whether `descendant` is the commit or comes after it. Fetches once for a commit that the clone lacks: a commit that
   * somebody has seen on the branch, and that a later fetch does not bring, is older than the clone.
   */
  async contains(commit: string, descendant: string): Promise<boolean> {
    if (commit === descendant) return true;
    if (this.#strangers.has(descendant)) return false;
    const isKnown = async (): Promise<boolean> =>
      (await this.#run(['cat-file', '-e', `${descendant}^{commit}`])).exitCode === 0;
    if (!(await isKnown())) {
      const { exitCode } = await this.#remote(['fetch', '--quiet', '--no-tags', 'origin', this.#options.source.branch]);
      if (!(await isKnown())) {
        if (exitCode === 0) this.#strangers.add(descendant);
        return false;
      }
    }
    return (await this.#run(['merge-base', '--is-ancestor', commit, descendant])).exitCode === 0;
  }

  /** @returns the tracked files among these files or folders; without any, all. Links and submodules are left out. */
  async tracked(paths: readonly string[] = []): Promise<readonly string[]> {
    return (await this.#index(paths)).filter((entry) => !NO_FILE.test(entry)).map(pathOf);
  }

  /** The symbolic links of the branch that lead out of the clone. */
  async linksOut(): Promise<readonly string[]> {
    const links = (await this.#index([])).filter((entry) => entry.startsWith('120000 ')).map(pathOf);
    return links.filter((path) => leavesTheClone(this.directory, path));
  }

  /** The files of the work tree that differ from the branch, without files that Git ignores. */
  async changed(): Promise<readonly string[]> {
    const status = await this.#local(['status', '--porcelain', '-z', '--no-renames', '--untracked-files=all']);
    return split(status).map((entry) => entry.slice(3));
  }

  /** @throws RotationError `SymbolicLink` where the path leads out of the clone. */
  read(path: string): string | undefined {
    return readInside(this.directory, path);
  }

  /** @throws RotationError `SymbolicLink` where a link stands at the path. */
  write(path: string, content: string | Uint8Array): void {
    inRoom(this.#room, () => writeInside(this.directory, path, content));
  }

  /** The path of a file of the work tree, for a program. @throws RotationError `SymbolicLink`. */
  place(path: string): string {
    refuseLinks(this.directory, path);
    return join(this.directory, path);
  }

  /** The file as the branch has it. */
  async readCommitted(path: string): Promise<string | undefined> {
    const { exitCode, stdout } = await this.#run(['show', `HEAD:${path}`]);
    return exitCode === 0 ? stdout : undefined;
  }

  /** Commits these files and nothing else. @returns the commit's id. */
  async commit(paths: readonly string[], message: string): Promise<string> {
    await this.#local(['add', '--all', '--', ...paths]);
    const signing = this.#options.source.signingKeyFile;
    const settings: GitCall['settings'] =
      signing === undefined ? {} : { 'gpg.format': 'ssh', 'user.signingKey': signing, 'commit.gpgSign': 'true' };
    await this.#local(['commit', '--quiet', '--no-verify', '--file=-'], { input: message, settings });
    return (await this.#local(['rev-parse', 'HEAD'])).trim();
  }

  /** Without force. @throws RotationError when the server could not be asked. */
  async push(): Promise<PushResult> {
    const { repository, branch } = this.#options.source;
    const { exitCode, stdout, stderr } = await this.#remote(
      ['push', '--porcelain', '--no-verify', 'origin', `HEAD:refs/heads/${branch}`],
      // An interrupted push may still reach the branch, after the way back has looked. So no push is interrupted.
      { signal: new AbortController().signal },
    );
    const result = readPush(exitCode, stdout, stderr, this.#git.given);
    if (result === undefined) throw gitFailure(repository, 'push to', stderr, this.#git.given);
    return result;
  }

  /** A new commit of the branch. Git gets only what it lacks. */
  async #fetch(what: readonly string[]): Promise<void> {
    const fetched = await this.#remote(['fetch', '--quiet', '--no-tags', ...what]);
    if (fetched.exitCode !== 0) throw this.#failure('fetch', fetched.stderr);
  }

  async #checkOut(): Promise<void> {
    // A partial clone fetches the blobs only now.
    const reset = await this.#remote(['reset', '--quiet', '--hard', `origin/${this.#options.source.branch}`]);
    if (reset.exitCode !== 0) throw this.#failure('check out', reset.stderr);
  }

  #failure(doing: string, stderr: string): RotationError {
    return saysFull(stderr)
      ? fullRoom(this.#room)
      : gitFailure(this.#options.source.repository, doing, stderr, this.#git.given);
  }

  async #index(paths: readonly string[]): Promise<readonly string[]> {
    return split(await this.#local(['ls-files', '--stage', '-z', '--', ...paths]));
  }

  async #local(args: readonly string[], more: Partial<GitCall> = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#run(args, more);
    if (exitCode === 0) return stdout;
    if (saysFull(stderr)) throw fullRoom(this.#room);
    const said = quotable(stderr, [...this.#git.given, ...(more.input === undefined ? [] : [more.input])]);
    throw new RotationError(
      'GitFailed',
      `"git ${args[0] ?? ''}" failed in the clone with exit code ${exitCode}${said === undefined ? '; run it yourself in a clone' : `: ${said}`}`,
    );
  }

  #remote(args: readonly string[], more: Partial<GitCall> = {}): Promise<Finished> {
    return this.#run(args, { ...more, timeoutMs: NETWORK_TIMEOUT_MS });
  }

  #run(args: readonly string[], more: Partial<GitCall> = {}): Promise<Finished> {
    const { sparse } = this.#options;
    const settings = { ...more.settings, ...(sparse !== undefined && { 'core.sparseCheckout': 'true' }) };
    return this.#git.run(args, { cwd: this.directory, ...more, settings });
  }
}

/** An entry of the index reads `100644 <id> 0<tab>path`. */
function pathOf(entry: string): string {
  return entry.slice(entry.indexOf('\t') + 1);
}

function split(output: string): readonly string[] {
  return output.split('\0').filter((entry) => entry !== '');
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RotationError } from '../domain/failures.ts';
import {
  PART_TRAILER,
  rotationTrailer,
  TARGET_TRAILER,
  type CommitTrailers,
  type GitOpsSource,
} from '../domain/source.ts';
import { gitFailure, readPush, type PushResult } from './git-errors.ts';
import { givenToGit, quotable, type GitAccess } from './quotable.ts';
import { run, type Finished } from './run.ts';
import type { Scratch } from './scratch.ts';

export interface RepositoryOptions {
  readonly source: Pick<GitOpsSource, 'repository' | 'branch' | 'author' | 'signingKeyFile'>;
  readonly access: GitAccess;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
}

/** How many commits are searched for a rotation's own commit, which is at most as old as the rotation. */
const DEPTH = 500;
const NETWORK_TIMEOUT_MS = 60_000;
const LOCAL_TIMEOUT_MS = 30_000;
const SSH_CONNECT_SECONDS = 10;

/** Reads username and password from files by shell built-ins, so that neither is ever in argv or environment. */
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get || return 0; IFS= read -r u < "$ROTATOR_USERNAME_FILE" || test -n "$u"; IFS= read -r p < "$ROTATOR_PASSWORD_FILE" || test -n "$p"; printf "username=%s\\npassword=%s\\n" "$u" "$p"; }; f';

/** A clone of the branch in the scratch folder, by the Git command line. No other configuration or hook has a say. */
export class Repository {
  readonly directory: string;
  readonly #options: RepositoryOptions;

  constructor(options: RepositoryOptions) {
    this.#options = options;
    this.directory = join(options.scratch.directory, 'clone');
  }

  /** Brings the work tree to the branch's current state. @throws RotationError `GitUnreachable`, `GitForbidden`, … */
  async refresh(): Promise<void> {
    const { repository, branch } = this.#options.source;
    if (!existsSync(this.directory)) {
      const how = [`--depth=${DEPTH}`, '--filter=blob:none', '--single-branch', '--no-tags', '--no-checkout'];
      const cloned = await this.#remote(
        ['clone', '--quiet', ...how, `--branch=${branch}`, '--', repository, this.directory],
        this.#options.scratch.directory,
      );
      if (cloned.exitCode !== 0) throw gitFailure(repository, 'clone', cloned.stderr, this.#given());
    } else {
      const fetched = await this.#remote(['fetch', '--quiet', '--no-tags', 'origin', branch]);
      if (fetched.exitCode !== 0) throw gitFailure(repository, 'fetch', fetched.stderr, this.#given());
    }
    // A partial clone fetches the blobs only now.
    const reset = await this.#remote(['reset', '--quiet', '--hard', `origin/${branch}`]);
    if (reset.exitCode !== 0) throw gitFailure(repository, 'check out', reset.stderr, this.#given());
    await this.#local(['clean', '-ffdxq']);
  }

  /** The branch's newest commit that the rotation made for this target and this part. */
  async findCommit({ rotation, target, login }: CommitTrailers): Promise<string | undefined> {
    const trailer = (key: string): string => `%(trailers:key=${key},valueonly,separator=%x20)`;
    const format = `--format=%H%x00${trailer(TARGET_TRAILER)}%x00${trailer(PART_TRAILER)}`;
    const log = await this.#local([
      'log',
      format,
      '--fixed-strings',
      `--grep=${rotationTrailer(rotation)}`,
      `origin/${this.#options.source.branch}`,
    ]);
    const part = login?.part ?? '';
    return log
      .split('\n')
      .map((line) => line.split('\0'))
      .find(
        ([, targets = '', parts = '']) => targets.split(' ').includes(target) && parts.split(' ').includes(part),
      )?.[0];
  }

  /** The branch's newest commit at the last refresh. */
  async head(): Promise<string> {
    return (await this.#local(['rev-parse', `origin/${this.#options.source.branch}`])).trim();
  }

  /** Whether `descendant` is the commit or comes after it. Fetches a commit that the clone lacks. */
  async contains(commit: string, descendant: string): Promise<boolean> {
    if (commit === descendant) return true;
    const isKnown = async (): Promise<boolean> =>
      (await this.#run(['cat-file', '-e', `${descendant}^{commit}`])).exitCode === 0;
    if (!(await isKnown())) {
      await this.#remote(['fetch', '--quiet', '--no-tags', 'origin', this.#options.source.branch]);
      if (!(await isKnown())) return false;
    }
    return (await this.#run(['merge-base', '--is-ancestor', commit, descendant])).exitCode === 0;
  }

  /** @returns the tracked files among these files or folders; without any, all. */
  async tracked(paths: readonly string[] = []): Promise<readonly string[]> {
    return split(await this.#local(['ls-files', '-z', '--', ...paths]));
  }

  /** The files of the work tree that differ from the branch, without files that Git ignores. */
  async changed(): Promise<readonly string[]> {
    const status = await this.#local(['status', '--porcelain', '-z', '--no-renames', '--untracked-files=all']);
    return split(status).map((entry) => entry.slice(3));
  }

  read(path: string): string | undefined {
    const file = join(this.directory, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
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
    const sign =
      signing === undefined
        ? []
        : ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${signing}`, '-c', 'commit.gpgSign=true'];
    await this.#local([...sign, 'commit', '--quiet', '--no-verify', '--file=-'], message);
    return (await this.#local(['rev-parse', 'HEAD'])).trim();
  }

  /** Without force. @throws RotationError when the server could not be asked. */
  async push(): Promise<PushResult> {
    const { repository, branch } = this.#options.source;
    const { exitCode, stdout, stderr } = await this.#remote(
      ['push', '--porcelain', '--no-verify', 'origin', `HEAD:refs/heads/${branch}`],
      this.directory,
      // An interrupted push may still reach the branch, after the way back has looked. So no push is interrupted.
      new AbortController().signal,
    );
    const result = readPush(exitCode, stdout, stderr, this.#given());
    if (result === undefined) throw gitFailure(repository, 'push to', stderr, this.#given());
    return result;
  }

  async #local(args: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#run(args, { input });
    if (exitCode === 0) return stdout;
    const said = quotable(stderr, [...this.#given(), ...(input === undefined ? [] : [input])]);
    throw new RotationError(
      'GitFailed',
      `"git ${args[0] ?? ''}" failed in the clone with exit code ${exitCode}${said === undefined ? '; run it yourself in a clone' : `: ${said}`}`,
    );
  }

  #given(): readonly string[] {
    const { source, access } = this.#options;
    return givenToGit(source.repository, access);
  }

  #remote(args: readonly string[], cwd = this.directory, signal = this.#options.signal): Promise<Finished> {
    return this.#run(args, { cwd, signal, timeoutMs: NETWORK_TIMEOUT_MS });
  }

  #run(
    args: readonly string[],
    more: {
      readonly input?: string | undefined;
      readonly cwd?: string;
      readonly timeoutMs?: number;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<Finished> {
    const { access } = this.#options;
    return run({
      program: 'git',
      args: [...this.#settings(), ...args],
      cwd: more.cwd ?? this.directory,
      input: more.input,
      env: {
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_TERMINAL_PROMPT: '0',
        GIT_SSH_COMMAND: sshCommand(access),
        ROTATOR_USERNAME_FILE: access.usernameFile ?? '/dev/null',
        ROTATOR_PASSWORD_FILE: access.passwordFile ?? '/dev/null',
      },
      timeoutMs: more.timeoutMs ?? LOCAL_TIMEOUT_MS,
      signal: more.signal ?? this.#options.signal,
    });
  }

  #settings(): readonly string[] {
    const { access, source } = this.#options;
    const settings = {
      'user.name': source.author.name,
      'user.email': source.author.email,
      'core.hooksPath': '/dev/null',
      'gc.auto': '0',
      'credential.helper': access.passwordFile === undefined ? '' : CREDENTIAL_HELPER,
      ...(access.caFile !== undefined && { 'http.sslCAInfo': access.caFile }),
    };
    return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  }
}

function sshCommand({ identityFile, knownHostsFile }: GitAccess): string {
  const options = [
    'BatchMode=yes',
    `ConnectTimeout=${SSH_CONNECT_SECONDS}`,
    'StrictHostKeyChecking=yes',
    ...(knownHostsFile === undefined ? [] : [`UserKnownHostsFile=${knownHostsFile}`]),
    ...(identityFile === undefined ? [] : ['IdentitiesOnly=yes', `IdentityFile=${identityFile}`]),
  ];
  return ['ssh', ...options.map((option) => `-o ${quote(option)}`)].join(' ');
}

/** For the shell through which Git runs ssh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function split(output: string): readonly string[] {
  return output.split('\0').filter((entry) => entry !== '');
}

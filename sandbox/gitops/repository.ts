import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { execa } from 'execa';
import { createRepository } from './git-server.ts';

const execute = promisify(execFile);

/** The name of the bare repository, and so the end of its address. */
export const REPOSITORY = 'home.git';
const AUTHOR = ['-c', 'user.name=Sandbox', '-c', 'user.email=sandbox@localhost'];

export interface Commit {
  readonly commit: string;
  readonly subject: string;
}

/** A bare repository on this machine with its age key, and a clone in which somebody works on it. */
export class SandboxRepository {
  private constructor(readonly folder: string) {}

  get bare(): string {
    return path.join(this.folder, REPOSITORY);
  }

  get ageKeyFile(): string {
    return path.join(this.folder, 'age.key');
  }

  /** The public part of its key. */
  get recipient(): string {
    return readFileSync(this.ageKeyFile, 'utf8').match(/public key: (\S+)/)?.[1] ?? '';
  }

  private get desk(): string {
    return path.join(this.folder, 'desk');
  }

  /** Takes what is there already, so that a second start goes on with the same history. */
  static async open(folder: string, isThere: boolean): Promise<SandboxRepository> {
    const repository = new SandboxRepository(folder);
    if (isThere) return repository;
    await createRepository(repository.bare);
    await execa('age-keygen', ['-o', repository.ageKeyFile], { env: { PATH: process.env['PATH'] } });
    await repository.#git(folder, 'clone', '--quiet', repository.bare, repository.desk);
    const { stdout } = await execa('age-keygen', ['-y', repository.ageKeyFile], {
      env: { PATH: process.env['PATH'] },
    });
    await repository.write(
      '.sops.yaml',
      `creation_rules:\n  - path_regex: \\.sops\\.ya?ml$\n    encrypted_regex: ^(data|stringData)$\n    mac_only_encrypted: true\n    age: ${stdout.trim()}\n`,
    );
    return repository;
  }

  async write(file: string, text: string): Promise<void> {
    const target = path.join(this.desk, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  async link(file: string, to: string): Promise<void> {
    const from = path.join(this.desk, file);
    await mkdir(path.dirname(from), { recursive: true });
    await symlink(to, from);
  }

  /** What is encrypted reaches SOPS by a pipe: it is never in a file as it is. */
  async writeEncrypted(file: string, text: string, gnupgHome?: string): Promise<void> {
    const how = ['encrypt', '--filename-override', file, '--input-type', 'yaml', '--output-type', 'yaml'];
    const { stdout } = await execa('sops', how, {
      cwd: this.desk,
      input: text,
      env: { PATH: process.env['PATH'], ...(gnupgHome !== undefined && { GNUPGHOME: gnupgHome }) },
      stripFinalNewline: false,
    });
    await this.write(file, stdout);
  }

  /** Commits all of the desk and pushes it; nothing where nothing differs from the branch. */
  async commit(subject: string): Promise<void> {
    // Somebody may have committed what .gitignore names.
    await this.#git(this.desk, 'add', '--all', '--force');
    if ((await this.#git(this.desk, 'status', '--porcelain')) === '') return;
    await this.#git(this.desk, ...AUTHOR, 'commit', '--quiet', '-m', subject);
    await this.#git(this.desk, 'push', '--quiet', 'origin', 'HEAD:main');
  }

  /** Brings the desk to the branch. */
  async pull(): Promise<void> {
    await this.#git(this.desk, 'fetch', '--quiet', 'origin', 'main');
    await this.#git(this.desk, 'reset', '--quiet', '--hard', 'origin/main');
  }

  /** The branch's commits, newest first. */
  async log(): Promise<readonly Commit[]> {
    const log = await this.#git(this.bare, 'log', '--format=%H %s', 'main');
    return log
      .trim()
      .split('\n')
      .map((line) => ({ commit: line.slice(0, 40), subject: line.slice(41) }));
  }

  async #git(cwd: string, ...args: string[]): Promise<string> {
    const env = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
    return (await execute('git', args, { cwd, env })).stdout;
  }
}

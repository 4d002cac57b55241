import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GitServer, createRepository, type GitServerOptions } from '../../../sandbox/gitops/git-server.ts';
import { Password } from '../../../src/domain/password.ts';
import type { GitOpsSource } from '../../../src/domain/source.ts';
import { openWorkspace, type CredentialFiles } from '../../../src/gitops/workspace.ts';
import { commitChange, type Change } from '../../../src/gitops/commit-change.ts';
import type { Target } from '../../../src/domain/steps.ts';
import type { SharedFiles } from '../../../src/gitops/local-files.ts';
import type { Place } from '../../../src/gitops/places.ts';
import type { StagedInGit } from '../../../src/gitops/look.ts';
import { MAKEJINJA, TASKFILE } from './cluster-template.ts';
import { LANGFUSE_MANIFEST, MANIFEST, manifests, NEW, OLD, OTHER_MANIFEST, secretsOf } from './manifests.ts';

const execute = promisify(execFile);

/** By the PATH of this module's process object, which is not the real one's under Jest. */
function tool(
  program: string,
  args: readonly string[],
  more: { cwd?: string; input?: string; key?: string } = {},
): string {
  return execFileSync(program, args, {
    encoding: 'latin1',
    stdio: ['pipe', 'pipe', 'ignore'],
    cwd: more.cwd,
    input: more.input === undefined ? '' : Buffer.from(more.input),
    env: { ...process.env, ...(more.key !== undefined && { SOPS_AGE_KEY_FILE: more.key }) },
  });
}

/** A repository of the cluster-template family behind a real Git server, its SOPS key, and somebody else who works in it. */
export class Home {
  readonly ageKey: string;
  /** The variables' file, plaintext, which the repository ignores. */
  readonly variables: string;

  private constructor(
    readonly directory: string,
    readonly server: GitServer,
  ) {
    this.ageKey = join(directory, 'age.key');
    this.variables = join(directory, 'cluster.yaml');
  }

  static async open({
    keys,
    ...options
  }: Pick<GitServerOptions, 'account' | 'tls'> & { readonly keys?: 'data' | 'stringData' } = {}): Promise<Home> {
    const directory = mkdtempSync(join(tmpdir(), 'cnpg-rotator-home-'));
    const home = new Home(directory, await GitServer.start({ root: directory, ...options }));
    await createRepository(home.bare);
    tool('age-keygen', ['-o', home.ageKey]);
    tool('git', ['clone', '--quiet', home.bare, home.desk]);
    const recipient = tool('age-keygen', ['-y', home.ageKey]).trim();
    home.write('.gitignore', '/age.key\n/cluster.yaml\n');
    home.write(
      '.sops.yaml',
      `creation_rules:\n  - path_regex: kubernetes/.+\\.sops\\.ya?ml\n    encrypted_regex: ^(data|stringData)$\n    mac_only_encrypted: true\n    age: ${recipient}\n`,
    );
    home.write('Taskfile.yaml', TASKFILE);
    home.write('makejinja.toml', MAKEJINJA);
    home.write(`templates/${MANIFEST}.j2`, manifests('#{ litellm_db_password }#', 'stringData'));
    home.write(
      `templates/${OTHER_MANIFEST}.j2`,
      LANGFUSE_MANIFEST.replace('langfuse-password-55555', '#{ langfuse_db_password }#'),
    );
    home.write('README.md', '# home\n');
    home.writeEncrypted(MANIFEST, manifests(OLD, keys));
    home.writeEncrypted(OTHER_MANIFEST, LANGFUSE_MANIFEST);
    writeFileSync(
      home.variables,
      `# mine\nlitellm_db_password: "${OLD}"\nlangfuse_db_password: langfuse-password-55555\n`,
    );
    await home.commit('Initial');
    return home;
  }

  /** Secrets that all workers share: `namespace/name/key` → content. */
  readonly sharedFiles = new Map<string, string>();
  /** Runs before the next write of one of them. */
  beforeSharedWrite: (() => void) | undefined;

  readonly shared: SharedFiles = {
    read: ({ namespace, name, key }) => {
      const content = this.sharedFiles.get(`${namespace}/${name}/${key}`);
      return Promise.resolve(content === undefined ? undefined : { content, version: content });
    },
    write: ({ namespace, name, key }, content, version) => {
      const path = `${namespace}/${name}/${key}`;
      this.beforeSharedWrite?.();
      this.beforeSharedWrite = undefined;
      if (this.sharedFiles.get(path) !== version) return Promise.resolve(false);
      this.sharedFiles.set(path, content);
      return Promise.resolve(true);
    },
  };

  get bare(): string {
    return join(this.directory, 'home.git');
  }

  /** Somebody else's clone. */
  get desk(): string {
    return join(this.directory, 'desk');
  }

  source(more: Partial<GitOpsSource> = {}): GitOpsSource {
    return {
      repository: `${this.server.address}/home.git`,
      branch: 'main',
      author: { name: 'cnpg-rotator', email: 'cnpg-rotator@localhost' },
      ageKeyFile: this.ageKey,
      manifests: [],
      render: [],
      localFiles: {},
      allowedPaths: [],
      flux: { reconcile: [] },
      ...more,
    };
  }

  /** As a repository is used in which `task configure` makes the manifests from an ignored cluster.yaml. */
  rendered(more: Partial<GitOpsSource> = {}): GitOpsSource {
    return this.source({
      variable: { file: 'cluster.yaml', key: 'litellm_db_password' },
      render: ['task', '-y', 'configure'],
      localFiles: { 'cluster.yaml': this.variables, 'age.key': this.ageKey },
      ...more,
    });
  }

  /** One rotation's change, as an activity makes it. */
  async change(
    source: GitOpsSource,
    more: {
      readonly target?: Target;
      readonly rotation?: string;
      /** The passwords; default: the old one and the new one. */
      readonly from?: string;
      readonly to?: string;
      readonly secrets?: readonly StagedInGit[];
      readonly usernames?: Readonly<Record<Target, string>>;
      readonly credentials?: CredentialFiles;
      readonly signal?: AbortSignal;
      readonly places?: readonly Place[];
      /** No earlier attempt can have pushed. */
      readonly first?: boolean;
      readonly beforePush?: () => Promise<void>;
    } = {},
  ): Promise<Change> {
    const { target = 'pending', rotation = 'litellm-1', from = OLD, to = NEW, beforePush } = more;
    const { secrets = secretsOf(from, to) } = more;
    const workspace = openWorkspace(source, {
      secret: more.credentials,
      shared: this.shared,
      places: more.places,
      signal: more.signal ?? new AbortController().signal,
    });
    try {
      return await commitChange(workspace, {
        component: 'litellm',
        trailers: { rotation, strategy: 'in-place', target },
        wanted: {
          secrets,
          passwords: { previous: Password.of(from), pending: Password.of(to) },
          usernames: more.usernames ?? { previous: 'litellm', pending: 'litellm' },
        },
        mayBePushed: more.first !== true,
        beforePush: beforePush ?? (() => Promise.resolve()),
      });
    } finally {
      workspace.close();
    }
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.desk, path)), { recursive: true });
    writeFileSync(join(this.desk, path), content);
  }

  writeEncrypted(path: string, content: string): void {
    this.write(
      path,
      tool('sops', ['encrypt', '--filename-override', path, '--input-type', 'yaml', '--output-type', 'yaml'], {
        cwd: this.desk,
        input: content,
      }),
    );
  }

  /** Commits all of the desk and pushes it. */
  async commit(subject: string): Promise<void> {
    await this.git('add', '--all');
    await this.git('-c', 'user.name=Somebody', '-c', 'user.email=somebody@localhost', 'commit', '-qm', subject);
    await this.git('push', '--quiet', 'origin', 'HEAD:main');
  }

  /** Brings the desk to the branch. */
  async pull(): Promise<void> {
    await this.git('pull', '--quiet', '--rebase', 'origin', 'main');
  }

  async git(...args: string[]): Promise<string> {
    return (await execute('git', args, { cwd: this.desk })).stdout;
  }

  /** A file of the branch, decrypted. */
  async decrypted(path: string, key = this.ageKey): Promise<string> {
    await this.git('fetch', '--quiet', 'origin', 'main');
    return tool('sops', ['decrypt', '--filename-override', path, '--input-type', 'yaml', '--output-type', 'yaml'], {
      cwd: this.desk,
      key,
      input: await this.git('show', `origin/main:${path}`),
    });
  }

  /** The commits of the branch, newest first: subject and files. */
  async log(): Promise<readonly { readonly message: string; readonly files: readonly string[] }[]> {
    await this.git('fetch', '--quiet', 'origin', 'main');
    const log = await this.git('log', '--format=%x00%B%x01', '--name-only', 'origin/main');
    return log
      .split('\0')
      .slice(1)
      .map((entry) => {
        const [message = '', files = ''] = entry.split('\x01');
        return { message, files: files.split('\n').filter((file) => file !== '') };
      });
  }

  anotherKey(): string {
    const file = join(this.directory, 'another.key');
    if (!existsSync(file)) tool('age-keygen', ['-o', file]);
    return file;
  }

  /** The public part of a key. */
  recipient(key = this.ageKey): string {
    return tool('age-keygen', ['-y', key]).trim();
  }

  /** Both keys in one file. */
  joinedKeys(): string {
    const file = join(this.directory, 'both.key');
    writeFileSync(file, [this.ageKey, this.anotherKey()].map((key) => readFileSync(key, 'utf8')).join('\n'));
    return file;
  }

  /** Somebody changes a text of a file, everywhere in it. */
  async replaceInRepository(path: string, from: string, to: string): Promise<void> {
    this.write(
      path,
      (await this.git('show', `HEAD:${path}`)).replaceAll(from, () => to),
    );
    await this.commit(`Change ${path}`);
  }

  /** One more rule for .sops.yaml: all of these files is encrypted. */
  ruleFor(path: string): string {
    return `  - path_regex: ${path}\n    age: ${this.recipient()}\n`;
  }

  /** Lets the server refuse every push with these words. */
  async refusePushes(words: string): Promise<void> {
    await writeFile(join(this.bare, 'hooks', 'pre-receive'), `#!/bin/sh\necho "${words}" >&2\nexit 1\n`, {
      mode: 0o755,
    });
  }

  /** Takes an encrypted value out of a file, as an editor that knows nothing of SOPS would. */
  async tamper(path: string): Promise<void> {
    const text = await this.git('show', `HEAD:${path}`);
    this.write(path, text.replace(/^ {4}username: .*\n/m, ''));
    await this.commit('Without SOPS');
  }

  /** Every object of the repository, as one text. */
  async allObjects(): Promise<string> {
    const list = await this.git('-C', this.bare, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)');
    const contents = list
      .trim()
      .split('\n')
      .map((id) => tool('git', ['-C', this.bare, 'cat-file', '-p', id]));
    return contents.join('\n');
  }

  writeVariables(content: string): void {
    writeFileSync(this.variables, content);
  }

  variableFile(): string {
    return readFileSync(this.variables, 'utf8');
  }

  async close(): Promise<void> {
    await this.server.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

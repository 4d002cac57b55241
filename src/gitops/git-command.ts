import type { GitOpsSource } from '../domain/source.ts';
import { givenToGit, type GitAccess } from './quotable.ts';
import { run, type Finished } from '../programs/run.ts';

export interface GitCommandOptions {
  readonly source: Pick<GitOpsSource, 'repository' | 'branch' | 'author' | 'signingKeyFile'>;
  readonly access: GitAccess;
  readonly signal: AbortSignal;
}

export interface GitCall {
  readonly cwd: string;
  readonly input?: string | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Settings of this call. A later one wins. */
  readonly settings?: Readonly<Record<string, string>>;
}

const LOCAL_TIMEOUT_MS = 30_000;
const SSH_CONNECT_SECONDS = 10;

/** Reads username and password from files by shell built-ins, so that neither is ever in argv or environment. */
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get || return 0; IFS= read -r u < "$ROTATOR_USERNAME_FILE" || test -n "$u"; IFS= read -r p < "$ROTATOR_PASSWORD_FILE" || test -n "$p"; printf "username=%s\\npassword=%s\\n" "$u" "$p"; }; f';

/** The Git command line for one repository. No other configuration or hook has a say. */
export class GitCommand {
  constructor(private readonly options: GitCommandOptions) {}

  /** What a message must not show. */
  get given(): readonly string[] {
    const { source, access } = this.options;
    return givenToGit(source.repository, access);
  }

  run(args: readonly string[], { cwd, input, timeoutMs, signal, settings = {} }: GitCall): Promise<Finished> {
    const { access } = this.options;
    const all = Object.entries({ ...this.#settings(), ...settings });
    return run({
      program: 'git',
      args: [...all.flatMap(([name, value]) => ['-c', `${name}=${value}`]), ...args],
      cwd,
      input,
      env: {
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_TERMINAL_PROMPT: '0',
        GIT_SSH_COMMAND: sshCommand(access),
        ROTATOR_USERNAME_FILE: access.usernameFile ?? '/dev/null',
        ROTATOR_PASSWORD_FILE: access.passwordFile ?? '/dev/null',
      },
      timeoutMs: timeoutMs ?? LOCAL_TIMEOUT_MS,
      signal: signal ?? this.options.signal,
    });
  }

  #settings(): Readonly<Record<string, string>> {
    const { access, source } = this.options;
    return {
      'user.name': source.author.name,
      'user.email': source.author.email,
      'core.hooksPath': '/dev/null',
      'gc.auto': '0',
      'fetch.recurseSubmodules': 'false',
      ...protocols(source.repository),
      ...credentialsOf(source.repository, access),
      ...(access.caFile !== undefined && { 'http.sslCAInfo': access.caFile }),
    };
  }
}

/**
 * Git asks the helper for the credentials of this scheme, host and port alone: a redirect to another host, a submodule
 * or Git LFS elsewhere gets none. The empty value removes every helper before it.
 */
function credentialsOf(repository: string, { passwordFile }: GitAccess): Readonly<Record<string, string>> {
  const none = { 'credential.helper': '', 'http.followRedirects': 'initial' };
  if (passwordFile === undefined || !/^https?:/i.test(repository)) return none;
  return { ...none, [`credential.${new URL(repository).origin}.helper`]: CREDENTIAL_HELPER };
}

/** No redirect leads to another protocol, such as from https to http. Only from http to https it may. */
function protocols(repository: string): Readonly<Record<string, string>> {
  const scheme = /^([a-z+]+):\/\//i.exec(repository)?.[1]?.toLowerCase() ?? 'ssh';
  return {
    'protocol.allow': 'never',
    [`protocol.${scheme}.allow`]: 'always',
    ...(scheme === 'http' && { 'protocol.https.allow': 'always' }),
  };
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

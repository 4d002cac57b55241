import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import getPort from 'get-port';
import { SandboxError } from '../common/errors.ts';
import { installPackages } from '../common/apt.ts';
import { listens } from '../common/listens.ts';

const execute = promisify(execFile);
const SSHD = '/usr/sbin/sshd';
const START_TIMEOUT_MS = 10_000;

/** Installs it where it is not there and this can be done. @throws SandboxError that says how to. */
export async function haveSshd(signal: AbortSignal, note: (text: string) => void): Promise<void> {
  if (existsSync(SSHD)) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new SandboxError(`${SSHD} cannot be found.`, { mend: 'apt-get install -y openssh-server' });
  note('openssh-server');
  await installPackages(['openssh-server'], signal);
}

/** OpenSSH's own server on this machine, which lets one key in, as the user who runs it. */
export class SshServer {
  private constructor(
    private readonly folder: string,
    readonly port: number,
    private readonly daemon: ChildProcess,
  ) {}

  /** @param folder for its keys and its log. */
  static async start(folder: string): Promise<SshServer> {
    await mkdir(folder, { recursive: true });
    // It refuses keys that others could have written.
    await chmod(folder, 0o700);
    for (const name of ['host', 'client']) await newKey(path.join(folder, name), 'ed25519');
    writeFileSync(path.join(folder, 'authorized'), readFileSync(path.join(folder, 'client.pub')), { mode: 0o600 });
    // Where it separates its privileges, as it does for root.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
    const port = await getPort();
    const server = new SshServer(folder, port, spawn(SSHD, ['-D', '-e', '-f', writeConfiguration(folder, port)]));
    await server.#answers();
    return server;
  }

  get clientKeyFile(): string {
    return path.join(this.folder, 'client');
  }

  /** A file as `ssh-keyscan` writes it. */
  get knownHostsFile(): string {
    const file = path.join(this.folder, 'known_hosts');
    const [type = '', key = ''] = readFileSync(path.join(this.folder, 'host.pub'), 'utf8').split(' ');
    writeFileSync(file, `[127.0.0.1]:${this.port} ${type} ${key}\n`);
    return file;
  }

  address(repository: string): string {
    return `ssh://${userInfo().username}@127.0.0.1:${this.port}${repository}`;
  }

  async stop(): Promise<void> {
    if (this.daemon.exitCode !== null) return;
    const ended = new Promise((resolve) => this.daemon.once('exit', resolve));
    this.daemon.kill('SIGTERM');
    await ended;
  }

  async #answers(): Promise<void> {
    let said = '';
    this.daemon.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    this.daemon.once('error', ({ message }) => {
      said += message;
    });
    const giveUpAt = Date.now() + START_TIMEOUT_MS;
    while (!(await listens(this.port))) {
      if (Date.now() > giveUpAt || this.daemon.exitCode !== null)
        throw new Error(`${SSHD} does not answer (Debian has it in openssh-server): ${said.trim()}`);
      await sleep(50);
    }
  }
}

/** A private key without a passphrase, and its public one beside it. */
export async function newKey(file: string, type: 'ed25519'): Promise<void> {
  await execute('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'sandbox', '-f', file]);
}

function writeConfiguration(folder: string, port: number): string {
  const file = path.join(folder, 'sshd_config');
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${path.join(folder, 'host')}`,
    `AuthorizedKeysFile ${path.join(folder, 'authorized')}`,
    `PidFile ${path.join(folder, 'pid')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    // Git's protocol 2, without which a partial clone cannot be completed.
    'AcceptEnv GIT_PROTOCOL',
    // The folders above are this machine's temporary ones.
    'StrictModes no',
    'UsePAM no',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

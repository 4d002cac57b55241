import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { appendFile, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import getPort from 'get-port';
import pg from 'pg';
import type { Pair } from '../../common/certificates.ts';
import type { Folder } from '../folder.ts';
import type { Binaries } from './binaries.ts';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const LOCAL_ADDRESS = '127.0.0.1';

/** As CNPG sets it up: a superuser on the local socket only, then the Cluster's own lines, everybody else by password. */
function hbaFile(own: readonly string[]): string {
  return ['local all all trust', ...own, 'host all all all scram-sha-256', ''].join('\n');
}

/**
 * What CNPG sets, and below it what makes a server of a few minutes light. A commit outlives the server's end by
 * SIGQUIT, though not the machine's.
 */
const SETTINGS = `
listen_addresses = '${LOCAL_ADDRESS}'
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
log_destination = jsonlog
logging_collector = on
log_directory = log
log_filename = 'postgres'
log_rotation_age = 0
log_rotation_size = 0
log_timezone = UTC
timezone = UTC

fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
shared_buffers = 16MB
max_connections = 100
dynamic_shared_memory_type = mmap
`;

/** An empty database folder, which every server's begins as a copy of: a copy is faster than `initdb`. */
export async function createTemplate(binaries: Binaries, folder: Folder, version: string): Promise<string> {
  const template = folder.in(`template-${version}`);
  await ownedFolder(template, binaries);
  const args = [
    '-D',
    template,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '--no-sync',
    '--wal-segsize=1',
  ];
  await promisify(execFile)(binaries.initdb, args, {
    ...binaries.user,
    env: { ...process.env, ...binaries.env },
    cwd: '/',
  });
  await appendFile(path.join(template, 'postgresql.conf'), SETTINGS);
  await writeFile(path.join(template, 'pg_hba.conf'), hbaFile([]));
  return template;
}

async function ownedFolder(folder: string, { user }: Binaries): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  if (user !== undefined) await chown(folder, user.uid, user.gid);
}

/** One PostgreSQL server: the primary instance of one Cluster. */
export class PostgresServer {
  #child: ChildProcess | undefined;

  private constructor(
    private readonly binaries: Binaries,
    private readonly folder: Folder,
    private readonly data: string,
    /** On 127.0.0.1. */
    readonly port: number,
  ) {}

  static async create(
    binaries: Binaries,
    folder: Folder,
    {
      name,
      template,
      certificate,
      hba,
    }: {
      readonly name: string;
      readonly template: string;
      readonly certificate: Pair;
      /** The Cluster's own lines of pg_hba.conf. */
      readonly hba: readonly string[];
    },
  ): Promise<PostgresServer> {
    const data = folder.in(name);
    await promisify(execFile)('cp', ['-a', template, data]);
    const write = async (file: string, text: string): Promise<void> => {
      const target = path.join(data, file);
      await writeFile(target, text, { mode: 0o600 });
      if (binaries.user !== undefined) await chown(target, binaries.user.uid, binaries.user.gid);
    };
    const port = await getPort({ host: LOCAL_ADDRESS });
    await write('server.crt', certificate.certificate);
    await write('server.key', certificate.key);
    if (hba.length > 0) await write('pg_hba.conf', hbaFile(hba));
    await appendFile(path.join(data, 'postgresql.conf'), `port = ${port}\nunix_socket_directories = '${data}'\n`);
    const server = new PostgresServer(binaries, folder, data, port);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const { binaries, data } = this;
    let complaint = '';
    // In a session of its own: a terminal's Ctrl-C would shut it down before those who use it have ended.
    const child = spawn(binaries.postgres, ['-D', data], {
      ...binaries.user,
      env: { ...process.env, ...binaries.env },
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.folder.watch(child);
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString('utf8')));
    child.on('error', (error) => (complaint += error.message));
    const giveUpAt = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const up = await this.asSuperuser('postgres', () => Promise.resolve(true)).catch(() => false);
      if (up) return;
      if (child.exitCode !== null || Date.now() > giveUpAt)
        throw new Error(`PostgreSQL did not start in ${data}: ${complaint}${await this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** Runs SQL over the local socket, as those who are on the machine may. */
  async asSuperuser<T>(database: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ host: this.data, port: this.port, user: 'postgres', database });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await act(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** What the server has logged: one JSON object a line, by PostgreSQL's own field names. */
  async log(): Promise<string> {
    return readFile(path.join(this.data, 'log', 'postgres.json'), 'utf8').catch(() => '');
  }

  /** Ends it at once: nobody needs its data afterwards, and a start recovers them. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGQUIT');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
}

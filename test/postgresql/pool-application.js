// @ts-check
/*
 * An application with a pool, for the worlds of turns.test.ts. It reads its credential once, and again and again takes a
 * connection of its pool, makes a table, and reads all tables that the application ever made. It prints one line for each
 * use, as the sandbox's application does for each login, and what PostgreSQL denies stands in the table `complaints` too:
 *
 *   2026-11-30T08:00:00.123Z accepted user=litellm_a
 *   2026-11-30T08:00:00.123Z refused user=litellm_a sqlstate=42501 permission denied for table made_17
 *
 * POOL: `none` opens a connection for each use; `discard-all` keeps one and sends DISCARD ALL before each use but the
 * first; `session` and `transaction` go through a PgBouncer of the pod's own, in that mode.
 */
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import pg from 'pg';

const USE_EVERY_MS = 400;
const MAKE_EVERY = 6;
const KEEP_MS = 4_000;
const NOBODY = 65_534;

const env = process.env;
const uri = new URL(env['DATABASE_URL'] ?? '');
const user = decodeURIComponent(uri.username);
const password = decodeURIComponent(uri.password);
const database = decodeURIComponent(uri.pathname.slice(1));
const services = /** @type {Record<string, number>} */ (JSON.parse(env['SANDBOX_SERVICES'] ?? '{}'));
const port = services[uri.hostname] ?? 0;
const pool = env['POOL'] ?? 'none';
const podAddress = env['SANDBOX_POD_IP'] ?? '127.0.0.1';

const target = pool === 'session' || pool === 'transaction' ? await startPgBouncer(pool) : port;
let lastUseWorked = false;
/** @type {{ client: pg.Client, until: number, uses: number } | undefined} */
let kept;
let uses = 0;

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
http
  .createServer((_, response) => response.writeHead(lastUseWorked ? 200 : 503).end())
  .listen(Number(env['SANDBOX_HTTP_PORT']), podAddress);
for (;;) {
  const next = Date.now() + USE_EVERY_MS;
  const said = await use().then(
    () => `accepted user=${user}`,
    (error) => {
      const text = error instanceof Error ? error.message : String(error);
      return error instanceof pg.DatabaseError
        ? `refused user=${user} sqlstate=${error.code} ${text}`
        : `unreachable user=${user} ${text}`;
    },
  );
  lastUseWorked = said.startsWith('accepted');
  process.stdout.write(`${new Date().toISOString()} ${said}\n`);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - Date.now())));
}

async function use() {
  const client = await take();
  try {
    uses += 1;
    if (uses % MAKE_EVERY === 1) {
      await client.query(`CREATE TABLE made_${Date.now()}_${process.pid} (by text DEFAULT session_user)`);
    }
    const { rows } = await client.query(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'made_%' ORDER BY tablename DESC LIMIT 40`,
    );
    for (const { tablename } of rows) {
      await client.query(`INSERT INTO "${tablename}" DEFAULT VALUES`).catch((error) => complain(client, error));
    }
  } finally {
    if (pool !== 'discard-all') client.end().catch(() => undefined);
  }
}

/** @returns {Promise<pg.Client>} */
async function take() {
  if (pool !== 'discard-all') return open();
  if (kept !== undefined && Date.now() < kept.until) {
    kept.uses += 1;
    await kept.client.query('DISCARD ALL');
    return kept.client;
  }
  kept?.client.end().catch(() => undefined);
  kept = undefined;
  const client = await open();
  kept = { client, until: Date.now() + KEEP_MS, uses: 1 };
  client.on('end', () => (kept = undefined));
  return client;
}

/** @returns {Promise<pg.Client>} */
async function open() {
  const stream = () => {
    const socket = new net.Socket();
    const connect = socket.connect.bind(socket);
    return Object.assign(socket, {
      /** @param {number} to @param {string} host */
      connect: (to, host) => connect({ port: to, host, localAddress: podAddress }),
    });
  };
  const client = new pg.Client({
    host: '127.0.0.1',
    port: target,
    user,
    password,
    database,
    stream,
    connectionTimeoutMillis: 3_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** @param {pg.Client} client @param {unknown} error */
async function complain(client, error) {
  await client.query('INSERT INTO complaints VALUES ($1, $2, now())', [user, String(error)]);
  throw error;
}

/** @param {'session' | 'transaction'} mode @returns {Promise<number>} its port */
async function startPgBouncer(mode) {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = /** @type {net.AddressInfo} */ (probe.address());
  await new Promise((resolve) => probe.close(resolve));
  const folder = mkdtempSync(path.join(env['SANDBOX_FOLDER'] ?? '', 'pgbouncer-'));
  const file = path.join(folder, 'pgbouncer.ini');
  const asRoot = process.getuid?.() === 0;
  // PgBouncer does not run as root.
  writeFileSync(
    file,
    [
      '[databases]',
      `${database} = host=127.0.0.1 port=${port} dbname=${database} user=${user} password=${password}`,
      '[pgbouncer]',
      `listen_addr = 127.0.0.1`,
      `listen_port = ${address.port}`,
      'auth_type = any',
      `pool_mode = ${mode}`,
      'ignore_startup_parameters = extra_float_digits',
      'unix_socket_dir =',
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  if (asRoot) for (const one of [folder, file]) chownSync(one, NOBODY, NOBODY);
  // It ends with this process, however that ends.
  const as = asRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  const child = spawn('setpriv', [...as, '--pdeathsig=KILL', '/usr/sbin/pgbouncer', '-q', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child.on('error', (error) =>
    process.stdout.write(`${new Date().toISOString()} unreachable user=${user} ${error.message}\n`),
  );
  return address.port;
}

// @ts-check
/*
 * Stands for the real application of a component, as its image does on the real sandbox: it reads its credential from
 * the environment once, and opens a new connection every INTERVAL, so that each login that PostgreSQL refuses is seen.
 * With POOL_LIFETIME it keeps its connection for so long instead. It prints one line for each login and never a password:
 *
 *   2026-11-24T08:00:00.123Z accepted user=litellm
 *   2026-11-24T08:00:00.123Z refused user=litellm sqlstate=28P01 password authentication failed for user "litellm"
 *   2026-11-24T08:00:00.123Z unreachable user=litellm connect ECONNREFUSED 127.0.0.1:5432
 *
 * With ENDS_AFTER it ends well after that time, as the program of a Job does.
 *
 * It is JavaScript, so that a pod starts in the time that Node.js needs, without a compiler.
 */
import http from 'node:http';
import net from 'node:net';
import pg from 'pg';

const LOGIN_TIMEOUT_MS = 3_000;
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** @typedef {{ user: string, password: string, host: string, port: number, database: string }} Credential */

const env = process.env;
/** The cluster's DNS, as the sandbox gives it to a pod: `{"litellm-postgresql-rw": 38729}`, ports of 127.0.0.1. */
const services = /** @type {Record<string, number>} */ (JSON.parse(env['SANDBOX_SERVICES'] ?? '{}'));
const podAddress = env['SANDBOX_POD_IP'];
const credential = readCredential();
const interval = duration('INTERVAL', 100);
const lifetime = duration('POOL_LIFETIME', 0);
/** @type {{ client: pg.Client, until: number } | undefined} */
let kept;
const readyAt = Date.now() + duration('READY_AFTER', 5_000);
serveReadiness();
const endsAfter = duration('ENDS_AFTER', 0);
if (endsAfter > 0) setTimeout(() => process.exit(0), endsAfter);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
logInAgainAndAgain();

/**
 * What each application's chart sets: a URI or the parts. No error of it quotes what it read.
 * @returns {Credential}
 */
function readCredential() {
  for (const name of ['DATABASE_URL', 'OBOT_SERVER_DSN']) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    if (!URL.canParse(text)) fail(`${name} is not a connection URI that this application can read`);
    const uri = new URL(text);
    if (uri.username === '' || uri.hostname === '')
      fail(`${name} is not a connection URI that this application can read`);
    return {
      user: decodeURIComponent(uri.username),
      password: decodeURIComponent(uri.password),
      host: uri.hostname,
      port: Number(uri.port === '' ? 5432 : uri.port),
      database: decodeURIComponent(uri.pathname.slice(1)),
    };
  }
  const { DATABASE_HOST: host, DATABASE_PASSWORD: password = '', DATABASE_NAME: database = '' } = env;
  // As images do that have a user of their own: nobody outside of the program knows it.
  const { DATABASE_USERNAME: user = database } = env;
  if (host === undefined || host === '') {
    fail('set DATABASE_URL, OBOT_SERVER_DSN, or DATABASE_HOST, DATABASE_USERNAME, DATABASE_PASSWORD and DATABASE_NAME');
  }
  return { user, password, host, port: 5432, database };
}

/** One login of its own, without TLS and without a query, as the image's. @returns {Promise<void>} */
async function logIn() {
  const client = await connect();
  client.end().catch(() => undefined);
}

/** The connection of the pool is made anew when it has lived long enough. @returns {Promise<boolean>} whether it was */
async function keepConnection() {
  if (kept !== undefined && Date.now() < kept.until) return false;
  kept?.client.end().catch(() => undefined);
  kept = undefined;
  const client = await connect();
  kept = { client, until: Date.now() + lifetime };
  client.on('end', () => (kept = undefined));
  return true;
}

/** @returns {Promise<pg.Client>} */
async function connect() {
  const { host, ...login } = credential;
  const port = services[host];
  if (port === undefined) throw new Error(`lookup ${host}: no such host`);
  const client = new pg.Client({
    ...login,
    host: '127.0.0.1',
    port,
    connectionTimeoutMillis: LOGIN_TIMEOUT_MS,
    stream: fromPodAddress,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

/** A connection that comes from the pod's own address, where the system has more than one loopback address. */
function fromPodAddress() {
  const socket = new net.Socket();
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, {
    /** @param {number} port @param {string} host */
    connect: (port, host) => connect({ port, host, ...(podAddress !== undefined && { localAddress: podAddress }) }),
  });
}

async function logInAgainAndAgain() {
  for (;;) {
    const next = Date.now() + interval;
    const login = lifetime > 0 ? keepConnection() : logIn().then(() => true);
    const said = await login.then((made) => (made ? `accepted user=${credential.user}` : ''), describe);
    if (said !== '') process.stdout.write(`${new Date().toISOString()} ${said}\n`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - Date.now())));
  }
}

/** @param {unknown} error */
function describe(error) {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof pg.DatabaseError) return `refused user=${credential.user} sqlstate=${error.code} ${message}`;
  return `unreachable user=${credential.user} ${message}`;
}

/** Answers 200 on /ready when the application has started and a fresh login of its own succeeds. */
function serveReadiness() {
  const server = http.createServer((_, response) => {
    const answer = (/** @type {number} */ status, /** @type {string} */ text) =>
      response.writeHead(status).end(`${text}\n`);
    if (Date.now() < readyAt) answer(503, 'still starting');
    else
      logIn().then(
        () => answer(200, 'ready'),
        (error) => answer(503, describe(error)),
      );
  });
  server.listen(Number(env['SANDBOX_HTTP_PORT']), podAddress ?? '127.0.0.1');
}

/** @param {string} name @param {number} otherwise @returns {number} milliseconds */
function duration(name, otherwise) {
  const text = env[name] ?? '';
  if (text === '') return otherwise;
  const [, value, unit] =
    /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? fail(`${name}: expected a duration such as 100ms or 5s`);
  return Number(value) * UNITS[/** @type {keyof typeof UNITS} */ (unit)];
}

/** @param {string} why @returns {never} */
function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

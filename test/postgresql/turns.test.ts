import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { createProgress } from '../../sandbox/common/progress.ts';
import { parseWorld } from '../../sandbox/world/load.ts';
import { resultText } from '../../sandbox/world/print.ts';
import { play } from '../../sandbox/world/run.ts';
import { openStage, type Stage } from '../../sandbox/world/stage.ts';

/*
 * Alternating roles on each PostgreSQL, behind each kind of pool: an adoption, ten turns and its undoing, on the embedded
 * sandbox with the real PostgreSQL and Debian's PgBouncer. `POSTGRESQL="15.0 18.4" POOLS=none npm run test:postgresql`
 * plays some of them.
 */

const APPLICATION = fileURLToPath(new URL('./pool-application.js', import.meta.url));
const PGBOUNCER = '/usr/sbin/pgbouncer';
const MINUTE = 60_000;
const TURNS = 10;

/** Of each major version the oldest minor that npm has, and the newest. */
const VERSIONS = chosen('POSTGRESQL', ['15.0', '15.18', '16.1', '16.14', '17.0', '17.10', '18.0', '18.4']);
const POOLS = chosen('POOLS', ['none', 'session', 'transaction', 'discard-all']);

const closing = new AbortController();
let stage: Stage;

beforeAll(async () => {
  if (POOLS.some((pool) => pool === 'session' || pool === 'transaction') && !existsSync(PGBOUNCER))
    throw new Error(`${PGBOUNCER} is not there: "apt-get install pgbouncer", or choose POOLS="none discard-all".`);
  stage = await openStage('embedded', [], createProgress(), closing.signal);
}, 5 * MINUTE);

afterAll(async () => {
  closing.abort();
  await stage?.close();
}, 2 * MINUTE);

describe.each(VERSIONS)('on PostgreSQL %s, ten turns refuse nobody, and the owner owns everything', (version) => {
  it.each(POOLS)(
    'with the pool "%s"',
    async (pool) => {
      const file = `turns-${version.replace('.', '-')}-${pool}.yaml`;
      const result = await play(stage, parseWorld(file, stringify(world(version, pool))), { signal: closing.signal });
      if (result.verdict !== 'as expected') throw new Error(resultText(result));
    },
    15 * MINUTE,
  );
});

/** Versions in which DISCARD ALL makes a session act as its login role, and pools that send it. */
const OLD: ReadonlySet<string> = new Set(['15.0', '16.1', '17.0']);
const DISCARDING: ReadonlySet<string> = new Set(['session', 'discard-all']);

/** As a file of test/worlds would say it. */
function world(version: string, pool: string): object {
  const refused = OLD.has(version) && DISCARDING.has(pool);
  const env = [
    { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'litellm-db-secret', key: 'uri' } } },
    { name: 'POOL', value: pool },
  ];
  const container = { name: 'litellm', image: 'application', command: [process.execPath, APPLICATION], env };
  const labels = { app: 'litellm' };
  return {
    world: `PostgreSQL ${version}, ${pool}`,
    limitSeconds: 840,
    catalogue: {
      components: [
        // What the catalogue of an old version has to say, and says truly.
        {
          name: 'litellm',
          namespace: 'apps',
          ...(OLD.has(version) && !refused && { alternating: { neverDiscards: true } }),
        },
      ],
    },
    database: {
      postgresql: version,
      sql: 'CREATE TABLE complaints (by text, text text, at timestamptz); GRANT ALL ON complaints TO PUBLIC',
    },
    objects: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'litellm', labels, annotations: { 'reloader.stakater.com/auto': 'true' } },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 2, containers: [container] } },
        },
      },
    ],
    ...(refused ? REFUSED : tenTurns()),
  };
}

/** Nobody can see that no pool sends DISCARD ALL, so nothing begins. */
const REFUSED = {
  do: 'adopt',
  expect: {
    outcome: 'unchanged',
    exitCode: 1,
    cause: 'sessions-keep-the-owner',
    says: ['PostgreSQL 1[567]\\.\\d+ or later'],
    sql: { 'SELECT count(*) FROM complaints': '0' },
  },
};

function tenTurns(): object {
  return {
    do: ['adopt', ...Array.from({ length: TURNS }, () => ({ rotate: { strategy: 'alternating' } })), 'undo'],
    expect: {
      outcome: 'undone',
      exitCode: 0,
      changed: { 'litellm-db-secret': ['password', 'uri'] },
      neverSays: ['refused logins: (?!none)'],
      sql: {
        'SELECT count(*) > 20 FROM pg_tables': 't',
        'SELECT count(*) FROM complaints': '0',
        "SELECT DISTINCT tableowner FROM pg_tables WHERE tablename LIKE 'made%'": 'litellm',
      },
    },
  };
}

function chosen(variable: string, all: readonly string[]): readonly string[] {
  const some = process.env[variable]?.split(/[\s,]+/).filter((one) => one !== '') ?? [];
  return some.length === 0 ? all : some;
}

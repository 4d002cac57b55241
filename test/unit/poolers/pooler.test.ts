import {
  poolersInUse,
  poolersSeconds,
  refusesTheClient,
  type PoolerFacts,
} from '../../../src/domain/poolers/pooler.ts';
import type { Client } from '../../../src/domain/consumers/clients.ts';

const pooler = (name: string, change: Partial<PoolerFacts> = {}): PoolerFacts => ({
  name,
  poolMode: 'session',
  pgHba: [],
  ownAuthQuery: false,
  parameters: {},
  ...change,
});
const NOBODY = new Map<string, string>();

function clientFrom(part: 'pooler' | 'instance' | undefined, name: string): Client {
  const owner = { kind: 'Deployment', name };
  const pod = { pod: `${name}-1`, namespace: 'apps', address: '10.0.0.9', owner, ...(part && { part }) };
  return { role: 'litellm', sessions: 1, since: '', pods: [pod], is: 'database' };
}

describe('the Poolers that an application uses', () => {
  it.each<[string, ReadonlyMap<string, string>, readonly Client[], readonly string[]]>([
    ['none, where nothing shows one', NOBODY, [], []],
    ['one that a Secret names', new Map([['rw', 'Secret env names it']]), [], ['rw: Secret env names it']],
    ['one whose pods are logged in', NOBODY, [clientFrom('pooler', 'rw')], ['rw: its pods are logged in as the role']],
    ['not a Deployment of the same name', NOBODY, [clientFrom(undefined, 'rw')], []],
    ['not a Pooler of another Cluster', new Map([['other', 'Secret env names it']]), [clientFrom('pooler', 'x')], []],
  ])('are %s', (_, named, clients, expected) => {
    const found = poolersInUse([pooler('rw'), pooler('ro')], named, clients);
    expect(found.map(({ name, why }) => `${name}: ${why}`)).toEqual(expected);
  });

  it('carry the name of their own certificate', () => {
    const own = poolersInUse([pooler('rw', { ownCertificate: 'tls' })], new Map([['rw', '']]), []);
    expect(own).toMatchObject([{ name: 'rw', ownCertificate: 'tls' }]);
  });
});

describe('the wait for what PgBouncer remembers', () => {
  const waitFor = (...retries: readonly (string | undefined)[]): number => {
    const poolers = retries.map((retry, index) =>
      pooler(`p${index}`, { parameters: retry === undefined ? {} : { server_login_retry: retry } }),
    );
    return poolersSeconds(poolersInUse(poolers, new Map(poolers.map(({ name }) => [name, ''])), []));
  };
  it.each([
    ['is nothing without a Pooler', [], 0],
    ['is PgBouncer’s own 15 s and 5 more', [undefined], 20],
    ['follows server_login_retry', ['2.5'], 8],
    ['is of the longest', ['1', '30'], 35],
    ['takes what is no number for the default', ['soon'], 20],
    ['has an end', ['3600'], 90],
  ] as const)('%s', (_, retries, seconds) => {
    expect(waitFor(...retries)).toBe(seconds);
  });
});

describe('PgBouncer', () => {
  it.each([
    ['refuses a wrong password', '08P01', 'SASL authentication failed', true],
    ['refuses one of MD5', '08P01', 'password authentication failed', true],
    ['refuses a user that PostgreSQL does not have', '08P01', 'no such user', true],
    ['does not refuse when it remembers a failure', '08P01', 'server login has been failing, cached error: x', false],
    ['does not refuse when it is full', '08P01', 'no more connections allowed (max_client_conn)', false],
    ['says nothing with another SQLSTATE', '57P03', 'SASL authentication failed', false],
  ])('%s', (_, sqlState, message, refuses) => {
    expect(refusesTheClient(sqlState, message)).toBe(refuses);
  });
});

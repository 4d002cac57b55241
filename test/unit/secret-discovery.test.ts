import { Password } from '../../src/domain/password.ts';
import { discoverHolders, type CandidateSecret } from '../../src/domain/secret-discovery.ts';

const CREDENTIAL = { username: 'litellm', password: Password.of('p/ssword-0123456789') };

const candidate = (
  name: string,
  values: Record<string, string>,
  more: Partial<CandidateSecret> = {},
): CandidateSecret => ({
  name,
  type: 'Opaque',
  labels: {},
  data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new TextEncoder().encode(value)])),
  ...more,
});

describe('the Secrets that change with the password', () => {
  it.each([
    ['one that holds it as it is', candidate('a', { DB_PASS: 'p/ssword-0123456789' })],
    [
      'one that holds it percent-encoded in a URI',
      candidate('a', { DSN: 'postgres://litellm:p%2Fssword-0123456789@h/d' }),
    ],
    ['one of the same user', candidate('a', { username: 'litellm', password: 'p/ssword-0123456789' })],
  ])('are found: %s', (_, secret) => {
    expect(discoverHolders([secret], CREDENTIAL)).toEqual({ holders: ['a'], leftAlone: [] });
  });

  it.each([
    ['one that does not hold it', candidate('a', { password: 'another', username: 'litellm' })],
    ['a Helm release', candidate('a', { release: 'p/ssword-0123456789' }, { type: 'helm.sh/release.v1' })],
    [
      'a staging Secret',
      candidate('a', { x: 'p/ssword-0123456789' }, { labels: { 'app.kubernetes.io/managed-by': 'cnpg-rotator' } }),
    ],
  ])('are not: %s', (_, secret) => {
    expect(discoverHolders([secret], CREDENTIAL)).toEqual({ holders: [], leftAlone: [] });
  });

  it('are not those of another user with the same password, which is said', () => {
    const { holders, leftAlone } = discoverHolders(
      [candidate('a', { username: 'grafana', password: 'p/ssword-0123456789' })],
      CREDENTIAL,
    );
    expect(holders).toEqual([]);
    expect(leftAlone).toEqual([{ name: 'a', because: 'it holds the same password for another user, "grafana"' }]);
  });
});

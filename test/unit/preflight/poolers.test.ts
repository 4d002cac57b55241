import type { PoolerTried } from '../../../src/domain/poolers/pooler.ts';
import { findings } from './world.ts';

const POOLER: PoolerTried = { name: 'rw', poolMode: 'session', why: 'Secret env names it', retrySeconds: 15, pods: 1 };
const rulesOf = (change: Parameters<typeof findings>[0]) =>
  findings(change).map(({ rule, severity }) => `${severity} ${rule}`);

describe('before a rotation behind a Pooler', () => {
  it('its clients are said to be unseen', () => {
    const [found] = findings({ poolers: [POOLER] }).filter(({ rule }) => rule === 'clients-behind-poolers-are-known');
    expect(found).toMatchObject({ severity: 'warning' });
    expect(found?.message).toContain('Pooler ai-system/rw (session mode; Secret env names it)');
    expect(found?.message).toContain('is refused at its next login');
  });

  it('a strict component is not rotated', () => {
    expect(rulesOf({ poolers: [POOLER], strict: true })).toContain('blocking clients-behind-poolers-are-known');
  });

  it('a login that cannot be tried there blocks, and may pass', () => {
    const problem = { type: 'DatabaseUnreachable', message: 'no pod is ready.' } as const;
    expect(findings({ poolers: [{ ...POOLER, problem }] })[0]).toMatchObject({
      rule: 'poolers-let-the-application-in',
      severity: 'blocking',
      passing: true,
      message: expect.stringContaining('no pod is ready.') as string,
    });
  });

  it('a password that only PgBouncer refuses blocks, and does not pass', () => {
    const problem = { type: 'PasswordRefused', message: 'PgBouncer refuses it.' } as const;
    expect(findings({ poolers: [{ ...POOLER, problem }] })[0]).toMatchObject({
      rule: 'poolers-let-the-application-in',
      passing: false,
    });
  });

  it('a Pooler that asks for no password blocks', () => {
    expect(rulesOf({ poolers: [{ ...POOLER, needsNoPassword: true }] })).toContain(
      'blocking poolers-refuse-a-wrong-password',
    );
  });

  it.each(['unknown', []] as const)('nothing is said of Poolers that are %j', (poolers) => {
    expect(rulesOf({ poolers }).filter((rule) => rule.includes('pooler'))).toEqual([]);
  });
});

import { countAuthenticationErrors } from '../../src/domain/proofs/authentication-errors.ts';
import { countRefusedLogins } from '../../src/domain/proofs/refused-logins.ts';

const BEGAN = Date.parse('2026-11-24T09:00:00Z');

/** A line as CNPG's instance manager prints it. */
function line(seconds: number, change: Readonly<Record<string, string>> = {}): string {
  const time = new Date(BEGAN + seconds * 1_000).toISOString();
  const record = {
    log_time: `${time.slice(0, 10)} ${time.slice(11, 23)} UTC`,
    user_name: 'litellm',
    connection_from: '10.244.0.7:53124',
    error_severity: 'FATAL',
    sql_state_code: '28P01',
    message: 'password authentication failed for user "litellm"',
    ...change,
  };
  return JSON.stringify({ level: 'info', ts: time, logger: change['logger'] ?? 'postgres', msg: 'record', record });
}

const count = (lines: readonly string[]): ReturnType<typeof countRefusedLogins> =>
  countRefusedLogins(lines.join('\n'), {
    roles: ['litellm', 'litellm_b'],
    since: BEGAN,
    ownAddresses: new Set(['127.0.0.1']),
    pods: new Map([['10.244.0.7', 'litellm-7f9c']]),
  });

describe('counting refused logins in PostgreSQL’s log', () => {
  it('gives their number, the window from the first to the last, and each client’s share', () => {
    const other = { connection_from: '10.244.0.8:40000' };
    expect(count([line(4.5), line(1), line(2, other), line(3)])).toEqual({
      count: 4,
      firstAt: '2026-11-24T09:00:01.000Z',
      lastAt: '2026-11-24T09:00:04.500Z',
      windowSeconds: 3.5,
      byClient: [
        { client: '10.244.0.7', pod: 'litellm-7f9c', role: 'litellm', count: 3 },
        { client: '10.244.0.8', role: 'litellm', count: 1 },
      ],
    });
  });

  it('tells the roles of one client apart', () => {
    const other = { user_name: 'litellm_b' };
    expect(count([line(1), line(2, other), line(3, other)]).byClient).toEqual([
      { client: '10.244.0.7', pod: 'litellm-7f9c', role: 'litellm_b', count: 2 },
      { client: '10.244.0.7', pod: 'litellm-7f9c', role: 'litellm', count: 1 },
    ]);
  });

  it('gives none for a log without any', () => {
    expect(count(['', 'no JSON', '{"logger":"postgres"}'])).toEqual({ count: 0, windowSeconds: 0, byClient: [] });
  });

  it.each([
    ['before the rotation', line(-1)],
    ['of another role', line(1, { user_name: 'langfuse' })],
    ['with which we see the old password refused ourselves', line(1, { connection_from: '127.0.0.1:1234' })],
    ['for another reason', line(1, { sql_state_code: '57P03' })],
    ['that another program reports', line(1, { logger: 'pg_hba' })],
  ])('leaves out those %s', (_, one) => {
    expect(count([one]).count).toBe(0);
  });

  it('takes the time at which the line was passed on where PostgreSQL logs in another time zone', () => {
    expect(count([line(2, { log_time: '2026-11-24 10:00:02.000 CET' })]).firstAt).toBe('2026-11-24T09:00:02.000Z');
  });
});

describe('an application’s log', () => {
  const at = (seconds: number, text: string): string => `${new Date(BEGAN + seconds * 1_000).toISOString()} ${text}`;

  it('is searched for what drivers say when a password is refused', () => {
    const log = [
      at(1, 'started'),
      at(2, 'FATAL: password authentication failed for user "litellm"'),
      at(3, 'error 28P01'),
      at(4, 'all well'),
    ].join('\n');
    expect(countAuthenticationErrors(log, BEGAN)).toBe(2);
  });

  it('is excused for what it printed before the password was applied', () => {
    expect(countAuthenticationErrors(at(-1, 'password authentication failed'), BEGAN)).toBe(0);
  });
});

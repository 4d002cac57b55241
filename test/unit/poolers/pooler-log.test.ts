import { readPoolerRefusals, whySilent } from '../../../src/domain/poolers/pooler-log.ts';
import { countRefusals } from '../../../src/domain/proofs/refused-logins.ts';

const BEGAN = Date.parse('2026-11-29T15:40:00Z');

/** A line as CNPG's manager of PgBouncer prints it. */
function line(seconds: number, msg: string): string {
  const time = new Date(BEGAN + seconds * 1_000).toISOString();
  const record = { timestamp: `${time.slice(0, 10)} ${time.slice(11, 23)} UTC`, pid: '12', level: 'LOG', msg };
  return JSON.stringify({
    level: 'info',
    ts: time,
    msg: 'record',
    logger: 'pgbouncer-manager',
    pipe: 'stderr',
    record,
  });
}

/** The three lines of one refused client. */
function refused(seconds: number, who: string): readonly string[] {
  const said = [
    'login attempt: db=litellm user=litellm tls=no replication=no',
    'password authentication failed',
    'closing because: SASL authentication failed (age=0s)',
    'pooler error: SASL authentication failed',
  ];
  return said.map((text) => line(seconds, `C-0x55dd812fbf80: ${who} ${text}`));
}

const read = (...lines: readonly string[]) =>
  readPoolerRefusals(lines.join('\n'), 'apps/rw', {
    roles: ['litellm', 'litellm_b'],
    since: BEGAN,
    ownAddresses: new Set(['127.0.0.1']),
  });

describe('refused logins in PgBouncer’s log', () => {
  it('count once for each connection, with the client’s address and the Pooler', () => {
    const refusals = read(
      ...refused(2, 'litellm/litellm@10.244.0.74:47624'),
      ...refused(1, 'litellm/litellm@10.244.0.74:47620'),
      ...refused(3, 'litellm/litellm_b@[fd00::7]:40000'),
    );
    expect(countRefusals(refusals, new Map([['10.244.0.74', 'web-1']]))).toMatchObject({
      count: 3,
      windowSeconds: 2,
      byClient: [
        { client: '10.244.0.74', pod: 'web-1', role: 'litellm', count: 2, pooler: 'apps/rw' },
        { client: 'fd00::7', role: 'litellm_b', count: 1, pooler: 'apps/rw' },
      ],
    });
  });

  it('count where PgBouncer gives a client the failure that it remembers', () => {
    const said = 'server login has been failing, cached error: password authentication failed for user "litellm"';
    const who = 'C-0x1: litellm/litellm@10.244.0.74:1';
    expect(read(line(1, `${who} closing because: ${said} (age=0s)`), line(1, `${who} pooler error: ${said}`))).toEqual([
      { role: 'litellm', at: BEGAN + 1_000, client: '10.244.0.74', pooler: 'apps/rw' },
    ]);
  });

  it.each([
    ['before the rotation', refused(-1, 'litellm/litellm@10.244.0.74:1')],
    ['of another role', refused(1, 'litellm/langfuse@10.244.0.74:1')],
    ['of a role whose name ends alike', refused(1, 'litellm/x_litellm@10.244.0.74:1')],
    ['of our own', refused(1, 'litellm/litellm@127.0.0.1:1')],
    ['for another reason', [line(1, 'C-0x1: litellm/litellm@10.0.0.1:1 pooler error: client_login_timeout')]],
    [
      'because PostgreSQL is away',
      [
        line(
          1,
          'C-0x1: litellm/litellm@10.0.0.1:1 pooler error: server login has been failing, cached error: connect failed',
        ),
      ],
    ],
    [
      'of PgBouncer itself at PostgreSQL',
      [line(1, 'S-0x1: litellm/litellm@10.0.0.1:5432 password authentication failed')],
    ],
    ['that are no JSON', ['C-0x1: litellm/litellm@10.0.0.1:1 password authentication failed']],
  ])('leave out those %s', (_, lines) => {
    expect(read(...lines)).toEqual([]);
  });

  it.each([
    [{}, false],
    [{ log_disconnections: '0' }, false],
    [{ log_disconnections: '0', log_pooler_errors: '0' }, true],
  ])('are hidden by the parameters %j: %s', (parameters, silent) => {
    expect(whySilent({ parameters }) !== undefined).toBe(silent);
  });
});

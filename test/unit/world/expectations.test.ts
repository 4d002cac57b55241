import { judge, judgeCheck, judgePlan, type Seen } from '../../../sandbox/world/expectations.ts';
import { parseWorld } from '../../../sandbox/world/load.ts';
import { leaks, Passwords } from '../../../sandbox/world/leaks.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const OLD = { username: base64('litellm'), password: base64('old-password') };

function seen(after: Record<string, string>, more: Partial<Seen> = {}): Seen {
  const workloads = new Map([
    ['Deployment/litellm', { template: '1', pods: ['a'], logins: ['x accepted user=litellm'], ended: false }],
  ]);
  return {
    ended: { outcome: 'rotated', exitCode: 0, warnings: [], said: '' },
    before: { secrets: new Map([['litellm-db-secret', OLD]]), workloads },
    after: { secrets: new Map([['litellm-db-secret', after]]), workloads },
    oldPassword: 'old-password',
    newPassword: 'new-password',
    said: '',
    ...more,
  };
}

function expecting(text: string) {
  return parseWorld(
    'x.yaml',
    `{ world: x, catalogue: { components: [{ name: a, namespace: b }] }, do: rotate, expect: ${text} }`,
  ).expect;
}

const ROTATED = expecting('{ outcome: rotated, changed: { litellm-db-secret: [password] } }');
const NEW = { ...OLD, password: base64('new-password') };

describe('what a world expects', () => {
  it('is met by the keys that it names', () => {
    expect(judge(ROTATED, seen(NEW))).toEqual([]);
  });

  it.each([
    ['another key that changed', seen({ ...NEW, username: base64('new-password') }), '"username" changed'],
    ['a key that did not change', seen(OLD), '"password" did not change'],
    [
      'a Secret that is left',
      seen(NEW, {
        after: {
          ...seen(NEW).after,
          secrets: new Map([
            ['litellm-db-secret', NEW],
            ['other', OLD],
          ]),
        },
      }),
      'other was made',
    ],
    [
      'another outcome',
      seen(NEW, { ended: { outcome: 'rolled-back', exitCode: 1, warnings: [], said: '' } }),
      'rolled-back instead of rotated',
    ],
    [
      'an application that is refused',
      seen(NEW, {
        after: {
          ...seen(NEW).after,
          workloads: new Map([
            ['Deployment/litellm', { template: '1', pods: ['a'], logins: ['x refused user=litellm'], ended: false }],
          ]),
        },
      }),
      'cannot log in any more',
    ],
  ])('is not met by %s', (_, one, why) => {
    expect(judge(ROTATED, one)).toEqual([expect.stringContaining(why)]);
  });

  it('quotes no password where a text is another one', () => {
    const expected = expecting('{ secrets: { litellm-db-secret: { username: litellm } } }');
    const told = judge({ ...ROTATED, secrets: expected.secrets }, seen({ ...NEW, username: base64('new-password') }));
    expect(told.join()).toContain('{{new password}}');
    expect(told.join()).not.toContain('"new-password"');
  });

  it('finds its words where the terminal has colours', () => {
    const expected = expecting('{ outcome: refused, says: ["→ asks"], neverSays: ["no backup"] }');
    const colourful = '\u001b[32m→\u001b[39m asks: no \u001b[1mbackup\u001b[22m';
    const told = judge(
      { ...ROTATED, says: expected.says, neverSays: expected.neverSays },
      seen(NEW, { said: colourful }),
    );
    expect(told).toEqual(['it says /no backup/']);
  });

  it('is exact about what blocks', () => {
    const found = (severity: 'blocking' | 'warning', rule: string) => ({ rule, severity, message: 'm', mend: '' });
    const checked = (...findings: object[]) =>
      ({ said: '', diagnosis: { components: [{ component: 'a', findings }] } }) as never;
    expect(
      judgeCheck(
        { ready: false, blocking: ['places-are-clear'] },
        checked(found('blocking', 'places-are-clear')),
        'check',
      ),
    ).toEqual([]);
    expect(judgeCheck({ blocking: ['rule-x'] }, checked(found('blocking', 'rule-x')), 'check')).toEqual([]);
    expect(judgeCheck({ ready: false }, checked(found('warning', 'rule-x')), 'check')).toEqual(['check: it is ready']);
    expect(judgeCheck({ blocking: [] }, checked(found('blocking', 'rule-x')), 'check')).toEqual([
      'check: rule-x blocks: m',
    ]);
  });

  it('compares the plan by Secret and key', () => {
    const diagnosis = (plan: object) => ({ components: [{ plan }] }) as never;
    const plan = {
      changes: [
        { secret: 's', key: 'password' },
        { secret: 's', key: 'uri' },
      ],
      unclear: [],
    };
    expect(judgePlan({ changes: ['s/password', 's/uri'] }, diagnosis(plan), 'apps')).toEqual([]);
    expect(judgePlan({ changes: ['s'], unclear: [] }, diagnosis(plan), 'apps')).toEqual([]);
    expect(judgePlan({ changes: ['s/password'] }, diagnosis(plan), 'apps')).toEqual(['plan.changes: s/uri is there']);
    expect(judgePlan({ unclear: ['t/x'] }, diagnosis(plan), 'apps')).toEqual(['plan.unclear: t/x is not there']);
  });
});

describe('a password that leaked', () => {
  it.each([
    ['as it is', (text: string) => text],
    ['within base64', (text: string) => Buffer.from(`x:${text}:y`).toString('base64')],
    ['percent-encoded', encodeURIComponent],
  ])('is found %s', (_, write) => {
    const passwords = new Passwords();
    passwords.note({
      uri: 'postgresql://a:a-long/password!!@h/d'.replace('/password', '-password'),
      username: 'a-long-username',
    });
    expect(leaks(passwords, { here: `… ${write('a-long-password!!')} …`, there: 'a-long-username' })).toEqual([
      '1 password of a Secret in here',
    ]);
  });
});

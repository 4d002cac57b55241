import type { Component } from '../../src/domain/component.ts';
import { judgeMentions, judgeOwned, type Held, type HeldByLogins } from '../../src/domain/ownership.ts';
import { exampleComponent } from '../harness/examples.ts';

const COMPONENT = exampleComponent({ name: 'litellm', strategy: 'alternating' });
const KEEPING: Component = { ...COMPONENT, alternating: { ...COMPONENT.alternating, giveBack: false } };

const TABLE: Held = {
  role: 'litellm_a',
  database: 'litellm',
  kind: 'table',
  returnable: true,
  objects: 7,
  names: ['public.orders', 'public.parts'],
  statements: [],
};
const seen = (held: readonly Held[], more: Partial<HeldByLogins> = {}): HeldByLogins => ({
  serverVersion: 180_004,
  held,
  unseen: [],
  ...more,
});
const where = (component = COMPONENT) => ({ component, primary: 'litellm-postgresql-1' });
const psql = (database: string, sql: string): string =>
  `kubectl -n ai-system exec litellm-postgresql-1 -c postgres -- psql -U postgres -d ${database} -c "${sql}"`;
const REASSIGN = String.raw`REASSIGN OWNED BY \"litellm_a\" TO \"litellm\"`;

describe('objects that a login role owns', () => {
  it('are the rotation’s to give back, and a warning', () => {
    const verdict = judgeOwned(where(), seen([TABLE]));
    expect(verdict?.severity).toBe('warning');
    expect(verdict?.message).toContain(
      '"litellm_a" has table public.orders, public.parts and 5 more in database "litellm", because a session',
    );
    expect(verdict?.mend).toContain(psql('litellm', REASSIGN));
  });

  it.each<[string, Component, readonly Held[], readonly string[], readonly string[]]>([
    [
      'the role cannot give them',
      COMPONENT,
      [TABLE, { ...TABLE, kind: 'schema', returnable: false, objects: 1, names: ['reports'] }],
      ['"litellm_a" has schema reports in database "litellm". After the turn'],
      [psql('litellm', REASSIGN)],
    ],
    [
      'they are in another database',
      COMPONENT,
      [{ ...TABLE, database: 'my other', kind: 'object', returnable: false, names: [] }],
      ['7 of kind object in database "my other"'],
      [psql("'my other'", REASSIGN)],
    ],
    [
      'they are of the whole server',
      COMPONENT,
      [{ ...TABLE, database: undefined, kind: 'database', returnable: false, objects: 1, names: ['spare'] }],
      ['"litellm_a" has database spare.'],
      [psql('litellm', REASSIGN)],
    ],
    ['the catalogue forbids it', KEEPING, [TABLE], ['"giveBack: false" in the catalogue'], [psql('litellm', REASSIGN)]],
  ])('block where %s, with the command', (_, component, held, messages, mends) => {
    const verdict = judgeOwned(where(component), seen(held));
    expect(verdict?.severity).toBe('blocking');
    for (const text of messages) expect(verdict?.message).toContain(text);
    for (const text of mends) expect(verdict?.mend).toBe(text);
  });

  it('are none where nothing is held, or only mentioned', () => {
    expect(judgeOwned(where(), seen([]))).toBeUndefined();
    expect(judgeOwned(where(), seen([{ ...TABLE, kind: 'policy' }]))).toBeUndefined();
  });
});

describe('objects that name a login role', () => {
  it('block where they give one role what the other does not have, with the SQL', () => {
    const policy = {
      ...TABLE,
      kind: 'policy',
      names: ['own on public.t'],
      statements: ['ALTER POLICY own on public.t TO litellm'],
    };
    const verdict = judgeMentions(where(), seen([policy]));
    expect(verdict).toMatchObject({
      severity: 'blocking',
      mend: psql('litellm', 'ALTER POLICY own on public.t TO litellm'),
    });
  });

  it('block in another database with the command that shows them there', () => {
    const far = { ...TABLE, database: 'far', returnable: false, names: [], statements: [], objects: 1 };
    const kinds = ['policy', 'default privileges', 'user mapping'];
    const verdict = judgeMentions(where(), seen(kinds.map((kind) => ({ ...far, kind }))));
    expect(verdict?.severity).toBe('blocking');
    expect(verdict?.mend).toContain('Find them, and give them to "litellm" or drop them: ');
    for (const query of [
      "FROM pg_policies WHERE 'litellm_a' = ANY (roles)",
      "WHERE pg_get_userbyid(defaclrole) = 'litellm_a'",
      "FROM pg_user_mappings WHERE usename = 'litellm_a'",
    ])
      expect(verdict?.mend).toContain(query);
    expect(verdict?.mend).toContain('psql -U postgres -d far -c "');
  });

  it('warn where the role’s name is a text', () => {
    const mention = { ...TABLE, kind: 'connection string', objects: 1, names: ['of subscription mine'] };
    const verdict = judgeMentions(where(), seen([mention]));
    expect(verdict).toMatchObject({ severity: 'warning', mend: expect.stringContaining('Name "litellm"') as string });
    expect(verdict?.message).toContain('connection string of subscription mine');
  });

  it('are not taken for absent where nobody could look', () => {
    const verdict = judgeMentions(where(), seen([], { unseen: ['the jobs of pg_cron'] }));
    expect(verdict).toMatchObject({ severity: 'warning', mend: expect.stringContaining('exec into pods') as string });
    expect(verdict?.message).toContain('not seen: the jobs of pg_cron');
  });
});

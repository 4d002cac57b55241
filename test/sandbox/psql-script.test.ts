import { splitScript } from '../../sandbox/embedded/postgres/sql-script.ts';

describe('a script for psql', () => {
  it.each([
    ['a statement', 'SELECT 1;', [{ kind: 'sql', text: 'SELECT 1;' }]],
    [
      'a statement whose row becomes variables',
      'SELECT 1 AS one \\gset\n\\echo :one\n',
      [
        { kind: 'sql', text: 'SELECT 1 AS one', sets: true },
        { kind: 'command', name: 'echo', argument: ':one' },
      ],
    ],
    [
      'another database',
      '\\connect "my base"\nSELECT 1;',
      [
        { kind: 'command', name: 'connect', argument: '"my base"' },
        { kind: 'sql', text: 'SELECT 1;' },
      ],
    ],
    ['a backslash in a text', "SELECT '\\gset';", [{ kind: 'sql', text: "SELECT '\\gset';" }]],
  ])('is split where it has %s', (_, script, parts) => {
    expect(splitScript(script)).toEqual(parts);
  });
});

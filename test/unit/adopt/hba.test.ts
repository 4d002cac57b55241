import { hbaProblem } from '../../../src/domain/adopt/hba.ts';
import { NAMES } from './world.ts';

describe('a pg_hba list keeps a login role out', () => {
  it.each([
    ['a rule for the owner alone', ['host all litellm all scram-sha-256']],
    ['a rule for the owner and one login role', ['host all litellm,litellm_a all scram-sha-256']],
    ['a quoted owner', ['hostssl "litellm" "litellm" all scram-sha-256']],
    ['a regular expression that fits the owner alone', ['host all /^litellm$ all scram-sha-256']],
    [
      'a rule for the role of the database’s name, and a rejection of the others',
      ['host sameuser all 10.0.0.0/8 scram-sha-256', 'host all all 10.0.0.0/8 reject'],
    ],
    [
      'the same, although a rule for that database’s own role names a login role',
      ['host sameuser all all md5', 'host sameuser litellm_a,litellm_b all md5', 'host all all all reject'],
    ],
    ['a rule for one login role apart', ['host all litellm all md5', 'host all litellm_a all md5']],
  ])('with %s', (_, rules) => {
    expect(hbaProblem(rules, NAMES, 'litellm')).toBe(rules[0]);
  });
});

describe('a pg_hba list with names that need quotes', () => {
  const [a, b] = NAMES.logins;
  const names = {
    ...NAMES,
    owner: 'My, "App"',
    logins: [
      { ...a, role: 'My, "App"_a' },
      { ...b, role: 'My, "App"_b' },
    ],
  } as const;

  it.each<[string, string, boolean]>([
    ['keeps them out by the owner’s name alone', 'host all "My, ""App""" all md5', true],
    ['keeps them out by a name that only looks like a group', 'host all "My, ""App""","+My, ""App""" all md5', true],
    ['keeps them out by a role that is called all', 'host all "My, ""App""","all" all md5', true],
    ['lets them in by all three names', 'host all "My, ""App""","My, ""App""_a","My, ""App""_b" all md5', false],
    ['lets them in by the owner’s members', 'host all "My, ""App""", +"My, ""App""" all md5 # and so on', false],
    ['is for another role of that word', 'host all My all md5', false],
    ['is for another database', 'host "my db","""App""" "My, ""App""" all md5', false],
    ['is for the database, which needs quotes too', 'host "my db","My ""App""" "My, ""App""" all md5', true],
  ])('%s', (_, rule, isProblem) => {
    expect(hbaProblem([rule], names, 'My "App"')).toBe(isProblem ? rule : undefined);
  });
});

describe('a pg_hba list lets both login roles in', () => {
  it.each<[string, string[]]>([
    ['without any rule', []],
    ['with a rule for all', ['host all all all scram-sha-256']],
    ['with a rule for the members of the owner', ['host all litellm,+litellm all scram-sha-256']],
    ['with rules for both by name', ['host all litellm all md5', 'host all litellm_a,litellm_b all md5']],
    ['with a regular expression that fits all three', ['host all /^litellm(_[ab])?$ all md5']],
    ['with a regular expression that is none', ['host all "/(" all md5']],
    ['with a rule for the role of the database’s name before CNPG’s rule for all', ['host sameuser all all md5']],
    [
      'with a rule for the role of the database’s name, and a rejection of another database',
      ['host sameuser all all md5', 'host reports all all reject'],
    ],
    ['with a rule for another database', ['host reports litellm all md5']],
    ['with a rule for sockets', ['local all litellm peer']],
    ['with a rule for another role', ['host all grafana all md5']],
  ])('%s', (_, rules) => {
    expect(hbaProblem(rules, NAMES, 'litellm')).toBeUndefined();
  });
});

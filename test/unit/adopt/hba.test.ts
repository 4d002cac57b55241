import { hbaProblem } from '../../../src/domain/adopt/hba.ts';
import { NAMES } from './world.ts';

describe('a pg_hba list keeps a login role out', () => {
  it.each([
    ['a rule for the owner alone', ['host all litellm all scram-sha-256']],
    ['a rule for the owner and one login role', ['host all litellm,litellm_a all scram-sha-256']],
    ['a quoted owner', ['hostssl "litellm" "litellm" all scram-sha-256']],
    ['a rule for one login role apart', ['host all litellm all md5', 'host all litellm_a all md5']],
  ])('with %s', (_, rules) => {
    expect(hbaProblem(rules, NAMES, 'litellm')).toBe(rules[0]);
  });
});

describe('a pg_hba list lets both login roles in', () => {
  it.each<[string, string[]]>([
    ['without any rule', []],
    ['with a rule for all', ['host all all all scram-sha-256']],
    ['with a rule for the members of the owner', ['host all litellm,+litellm all scram-sha-256']],
    ['with rules for both by name', ['host all litellm all md5', 'host all litellm_a,litellm_b all md5']],
    ['with a rule for another database', ['host reports litellm all md5']],
    ['with a rule for sockets', ['local all litellm peer']],
    ['with a rule for another role', ['host all grafana all md5']],
  ])('%s', (_, rules) => {
    expect(hbaProblem(rules, NAMES, 'litellm')).toBeUndefined();
  });
});

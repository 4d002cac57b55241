import { attributesText, describeChange, haveSameAttributes } from '../../src/domain/proofs/role-attributes.ts';
import { toRoleAttributes, type RoleAttributesRow } from '../../src/postgres/role-attributes.ts';

const ORDINARY: RoleAttributesRow = {
  role: 'litellm',
  superuser: false,
  inherit: true,
  create_role: false,
  create_db: false,
  replication: false,
  bypass_rls: false,
  connection_limit: -1,
  valid_until: null,
  member_of: [],
};

describe('the attributes of a role', () => {
  it.each<[string, Partial<RoleAttributesRow>, string]>([
    ['nothing special', {}, 'none'],
    ['a superuser', { superuser: true, create_role: true, create_db: true }, 'Superuser, Create role, Create DB'],
    ['one that replicates', { replication: true, bypass_rls: true }, 'Replication, Bypass RLS'],
    ['no inheritance', { inherit: false, member_of: ['a', 'b'] }, 'No inheritance, member of a and b'],
    ['a limit of none', { connection_limit: 0 }, '0 connections'],
    ['an end', { valid_until: '2027-01-01 00:00:00' }, 'Password valid until 2027-01-01 00:00:00'],
  ])('of %s are told in psql’s words', (_, row, text) => {
    expect(attributesText(toRoleAttributes({ ...ORDINARY, ...row }))).toBe(text);
  });

  it('are compared without the role’s name, since of two roles the one takes over from the other', () => {
    const ordinary = toRoleAttributes(ORDINARY);
    expect(haveSameAttributes(ordinary, toRoleAttributes({ ...ORDINARY, role: 'litellm_b' }))).toBe(true);
    expect(haveSameAttributes(ordinary, toRoleAttributes({ ...ORDINARY, create_db: true }))).toBe(false);
  });

  it('that differ are told with what to do', () => {
    const before = toRoleAttributes(ORDINARY);
    expect(describeChange(before, toRoleAttributes({ ...ORDINARY, create_db: true }))).toBe(
      'Role "litellm" has the attributes Create DB now, and before the rotation none: somebody else changed the role meanwhile. Compare with how the Cluster declares it.',
    );
    expect(describeChange(before, toRoleAttributes({ ...ORDINARY, role: 'litellm_b', create_db: true }))).toBe(
      'Role "litellm_b" has the attributes Create DB, and "litellm" before it none: declare both alike.',
    );
  });
});

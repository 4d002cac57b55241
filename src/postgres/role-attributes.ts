import { SUPERUSER, VALID_UNTIL, type RoleAttributes } from '../domain/proofs/role-attributes.ts';

/**
 * The session's own role in `pg_roles`; a `RoleAttributesRow`. Every role may read this view unless somebody took the
 * right away. A session that acts as another role has that role's rights. CNPG writes `infinity` where a role no longer
 * has an end, and PostgreSQL 16 has a row for each grantor of a membership.
 */
export const ROLE_ATTRIBUTES_SQL = `SELECT
  role.rolname AS role, 
  role.rolsuper OR current_setting('is_superuser') = 'on' AS superuser, role.rolinherit AS inherit, role.rolcreaterole AS create_role,
  role.rolcreatedb AS create_db, role.rolreplication AS replication, role.rolbypassrls AS bypass_rls,
  role.rolconnlimit AS connection_limit, (NULLIF(role.rolvaliduntil, 'infinity') AT TIME ZONE 'UTC')::text AS valid_until,
  ARRAY(SELECT DISTINCT of_role.rolname::text FROM pg_auth_members JOIN pg_roles AS of_role ON of_role.oid = roleid
         WHERE member = role.oid ORDER BY 1) AS member_of
    FROM pg_roles AS role WHERE role.rolname = session_user`;

export interface RoleAttributesRow {
  readonly role: string;
  /** Of the role itself, or of the role that it acts as. */
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly create_role: boolean;
  readonly create_db: boolean;
  readonly replication: boolean;
  readonly bypass_rls: boolean;
  /** Negative where there is no limit. */
  readonly connection_limit: number;
  readonly valid_until: string | null;
  readonly member_of: readonly string[];
}

/** Uses the words and the order of psql's `\du`. */
export function toRoleAttributes(row: RoleAttributesRow): RoleAttributes {
  const { connection_limit: limit, valid_until: validUntil } = row;
  const words: readonly (readonly [boolean, string])[] = [
    [row.superuser, SUPERUSER],
    [!row.inherit, 'No inheritance'],
    [row.create_role, 'Create role'],
    [row.create_db, 'Create DB'],
    [row.replication, 'Replication'],
    [row.bypass_rls, 'Bypass RLS'],
    [limit >= 0, `${limit} connections`],
    [validUntil !== null, `${VALID_UNTIL} ${validUntil ?? ''}`],
  ];
  return {
    role: row.role,
    attributes: words.flatMap(([holds, word]) => (holds ? [word] : [])),
    ...(validUntil !== null && { validUntil: `${validUntil.replace(' ', 'T')}Z` }),
    memberOf: row.member_of,
  };
}

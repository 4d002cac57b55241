/** The attributes of a role, as psql's `\du` shows them. */
export interface RoleAttributes {
  readonly role: string;
  /** In psql's words: `Superuser`, `Create DB`, `3 connections`. Empty for a role without special attributes. */
  readonly attributes: readonly string[];
  /** When the role's password ends (`VALID UNTIL`), ISO 8601; absent where it never does. */
  readonly validUntil?: string;
  /** The role is a member of these roles, in order. */
  readonly memberOf: readonly string[];
}

/** At the first login, and at the last login if there was one. */
export interface RoleAttributesSeen {
  readonly before: RoleAttributes;
  readonly after?: RoleAttributes;
}

export const SUPERUSER = 'Superuser';

/** `Create DB, member of pg_monitor`, or `none`. */
export function attributesText({ attributes, memberOf }: RoleAttributes): string {
  const words = [...attributes, ...(memberOf.length === 0 ? [] : [`member of ${memberOf.join(' and ')}`])];
  return words.length === 0 ? 'none' : words.join(', ');
}

/** The attribute that changes with each password that CNPG generates. */
export const VALID_UNTIL = 'Password valid until';

/**
 * A rotation changes no attribute, and two roles that take turns have the same attributes.
 * @param exceptTheEnd whether the end of the password may differ.
 */
export function haveSameAttributes(one: RoleAttributes, other: RoleAttributes, exceptTheEnd = false): boolean {
  const [a, b] = [one, other].map((role) => attributesText(exceptTheEnd ? withoutEnd(role) : role));
  return a === b;
}

function withoutEnd(role: RoleAttributes): RoleAttributes {
  return { ...role, attributes: role.attributes.filter((word) => !word.startsWith(VALID_UNTIL)) };
}

/** Says that the attributes differ, and what to do. */
export function describeChange(before: RoleAttributes, after: RoleAttributes): string {
  const changed = `has the attributes ${attributesText(after)}`;
  if (before.role !== after.role)
    return `Role "${after.role}" ${changed}, and "${before.role}" before it ${attributesText(before)}: declare both alike.`;
  return `Role "${after.role}" ${changed} now, and before the rotation ${attributesText(before)}: somebody else changed the role meanwhile. Compare with how the Cluster declares it.`;
}

/** The attributes of a role, as psql's `\du` shows them. */
export interface RoleAttributes {
  readonly role: string;
  /** In psql's words: `Superuser`, `Create DB`, `3 connections`. Empty for a role without special attributes. */
  readonly attributes: readonly string[];
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

/** A rotation changes no attribute, and two roles that take turns have the same attributes. */
export function haveSameAttributes(one: RoleAttributes, other: RoleAttributes): boolean {
  return attributesText(one) === attributesText(other);
}

/** Says that the attributes differ, and what to do. */
export function describeChange(before: RoleAttributes, after: RoleAttributes): string {
  const changed = `has the attributes ${attributesText(after)}`;
  if (before.role !== after.role)
    return `Role "${after.role}" ${changed}, and "${before.role}" before it ${attributesText(before)}: declare both alike.`;
  return `Role "${after.role}" ${changed} now, and before the rotation ${attributesText(before)}: somebody else changed the role meanwhile. Compare with how the Cluster declares it.`;
}

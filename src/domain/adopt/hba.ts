import type { AdoptionNames } from './names.ts';

/** Rules that may let somebody in. (A `reject` for the owner alone would not stop the login roles either.) */
const CONNECTION = /^(host|hostssl|hostnossl|hostgssenc|hostnogssenc)$/;

/**
 * The first rule of a pg_hba list that names the owner and no login role; undefined where there is none. A rule covers
 * the login roles if it is for `all`, names both of them, or names the members of the owner (`+owner`). The function
 * does not look at earlier rules: where a second, wider rule makes the list right, a person has to decide.
 */
export function hbaProblem(
  rules: readonly string[],
  { owner, logins }: AdoptionNames,
  database: string,
): string | undefined {
  const parsed = rules.map((rule) => ({ rule, fields: rule.trim().split(/\s+/) }));
  const ofDatabase = parsed.filter(({ fields: [type = '', databases = ''] }) => {
    return CONNECTION.test(type) && lists(databases, ['all', 'sameuser', 'samerole', database]);
  });
  const usersOf = (fields: readonly string[]): string => fields[2] ?? '';
  const coveredByName = logins.every(({ role }) => ofDatabase.some(({ fields }) => lists(usersOf(fields), [role])));
  if (coveredByName) return undefined;
  return ofDatabase.find(
    ({ fields }) => lists(usersOf(fields), [owner]) && !lists(usersOf(fields), ['all', `+${owner}`]),
  )?.rule;
}

/** Whether a comma-separated field has one of the values. PostgreSQL allows quotes around each value. */
function lists(field: string, values: readonly string[]): boolean {
  return field
    .split(',')
    .map((value) => value.replace(/^(\+?)"(.*)"$/, '$1$2'))
    .some((value) => values.includes(value));
}

import type { AdoptionNames } from './names.ts';

/** Rules whose method lets somebody in; a `reject` for the owner alone would not hold the login roles off either. */
const CONNECTION = /^(host|hostssl|hostnossl|hostgssenc|hostnogssenc)$/;

/**
 * The first rule of a pg_hba list that names the owner and leaves a login role out, or undefined when there is none.
 * A rule for `all`, for both login roles by name, or for the members of the owner (`+owner`) covers them. Rules that
 * stand before are not weighed against each other: a list that is right by a second, wider rule is for a person.
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

/** Whether a comma-separated field has one of the values; PostgreSQL allows quotes around each. */
function lists(field: string, values: readonly string[]): boolean {
  return field
    .split(',')
    .map((value) => value.replace(/^(\+?)"(.*)"$/, '$1$2'))
    .some((value) => values.includes(value));
}

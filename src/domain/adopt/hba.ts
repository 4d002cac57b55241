import type { AdoptionNames } from './names.ts';

/** Rules that may let somebody in. (A `reject` for the owner alone would not stop the login roles either.) */
const CONNECTION = /^(host|hostssl|hostnossl|hostgssenc|hostnogssenc)$/;

/** One name of a field. In quotes a word such as `all` has no special meaning, nor has a `+`. */
interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * The first rule of a pg_hba list that lets the owner in by its name and no login role; undefined where there is none. A
 * rule covers the login roles if it is for `all`, names both of them, or names the members of the owner (`+owner`). The
 * function does not look at earlier rules: where a second, wider rule makes the list right, a person has to decide.
 * `sameuser` names the owner where the database has the owner's name. CNPG ends every list with a rule for all, so that
 * rule matters only before a `reject`.
 */
export function hbaProblem(rules: readonly string[], names: AdoptionNames, database: string): string | undefined {
  const { owner, logins } = names;
  const ofDatabase = rules
    .map((rule) => ({ rule, fields: fieldsOf(rule) }))
    .filter(({ fields: [type = [], databases = []] }) => {
      return CONNECTION.test(type[0]?.text ?? '') && lists(databases, ['all', 'sameuser', 'samerole'], [database]);
    });
  const byName = ofDatabase.filter(({ fields }) => !isForSameUser(fields, database));
  const coveredByName = logins.every(({ role }) => byName.some(({ fields }) => isFor(fields, role)));
  if (coveredByName) return undefined;
  const found = ofDatabase.find(({ fields }, index) =>
    isForSameUser(fields, database)
      ? owner === database &&
        (isFor(fields, owner) || coversAll(fields, owner)) &&
        ofDatabase.slice(index + 1).some((later) => isReject(later.fields) && coversAll(later.fields, owner))
      : isFor(fields, owner) && !coversAll(fields, owner),
  );
  return found?.rule;
}

type Fields = readonly (readonly Token[])[];

function isFor([, , users = []]: Fields, name: string): boolean {
  return users.some(({ text }) => text === name || matches(text, name));
}

function coversAll([, , users = []]: Fields, owner: string): boolean {
  return lists(users, ['all', `+${owner}`], []);
}

/** Whether the rule is for no other role of the database than one that is called so. */
function isForSameUser([, databases = []]: Fields, database: string): boolean {
  return lists(databases, ['sameuser'], []) && !lists(databases, ['all', 'samerole'], [database]);
}

function isReject([, , , ...rest]: Fields): boolean {
  return rest.some(([first]) => first?.text === 'reject');
}

/** Since PostgreSQL 16 a name that begins with a slash is a regular expression. */
function matches(text: string, name: string): boolean {
  if (!text.startsWith('/')) return false;
  try {
    return new RegExp(text.slice(1), 'u').test(name);
  } catch {
    return false;
  }
}

/** Whether a field has one of the special words, outside of quotes, or one of the names. */
function lists(tokens: readonly Token[], words: readonly string[], names: readonly string[]): boolean {
  return tokens.some(({ text, quoted }) => names.includes(text) || (!quoted && words.includes(text)));
}

/**
 * The fields of a rule, each a list of names, as PostgreSQL reads them (`next_field_expand` in hba.c): white space ends a
 * field and a comma a name, except in quotes; a doubled quote in quotes is one; `#` begins a comment. A name whose quotes
 * do not begin it, such as `+"my role"`, counts as not quoted.
 */
function fieldsOf(rule: string): Fields {
  const fields: Token[][] = [[]];
  let text = '';
  let started = false;
  let quoted = false;
  const end = (): void => {
    if (started) fields.at(-1)?.push({ text, quoted });
    [text, started, quoted] = ['', false, false];
  };
  let inQuotes = false;
  for (let at = 0; at < rule.length; at += 1) {
    const sign = rule.charAt(at);
    if (sign === '"' && inQuotes && rule.charAt(at + 1) === '"') {
      text += '"';
      at += 1;
    } else if (sign === '"') {
      if (!started) quoted = true;
      started = true;
      inQuotes = !inQuotes;
    } else if (inQuotes || !/[\s,#]/.test(sign)) {
      text += sign;
      started = true;
    } else if (sign === '#') break;
    else if (sign === ',') end();
    else {
      end();
      // `a, b` is one field: its comma goes on behind the white space.
      const isList = /^\s*,/.test(rule.slice(at)) || /,\s*$/.test(rule.slice(0, at));
      if (!isList && fields.at(-1)?.length !== 0) fields.push([]);
    }
  }
  end();
  return fields;
}

import type { Finding, NamedPart, Part } from './finding.ts';
import type { Meaning } from './place.ts';

/*
 * The logins of sibling names. Names with the same label form one login, and borrow nothing from another label.
 * One exception: if the map has only one password, and users of only one label, they belong together (`username` beside
 * `POSTGRES_PASSWORD`).
 *
 * CNPG's own Secret has the user twice, as `user` and as `username`. The second becomes a login without a password. So
 * a rename of users finds it, and the password's place stands in one login only.
 */
export function groupLogins(parts: readonly NamedPart[], parents: readonly string[]): readonly Finding[] {
  const labels = new Map<string, Record<Meaning, NamedPart[]>>();
  for (const one of parts) {
    const group = labels.get(one.label) ?? { password: [], user: [], host: [], database: [] };
    group[one.meaning].push(one);
    labels.set(one.label, group);
  }
  const withPassword = [...labels.values()].filter((group) => group.password.length > 0);
  const withUser = [...labels.entries()].filter(([, group]) => group.user.length > 0);
  const [only] = withPassword;
  let lentTo: Record<Meaning, NamedPart[]> | undefined;
  const [lender] = withUser;
  if (only && lender && withPassword.length === 1 && only.password.length === 1 && withUser.length === 1) {
    const [label, lent] = lender;
    if (lent !== only) {
      only.user = lent.user;
      lentTo = only;
      if (only.host.length === 0) only.host = lent.host;
      if (only.database.length === 0) only.database = lent.database;
      labels.delete(label);
    }
  }
  return [...labels.entries()].flatMap(([label, group]) =>
    loginsOf([...parents, label].filter(Boolean).join('_'), group).map((one) =>
      group === lentTo ? { ...one, lentUser: true as const } : one,
    ),
  );
}

function loginsOf(label: string, group: Record<Meaning, NamedPart[]>): readonly Finding[] {
  const byRank = (some: NamedPart[]): Part[] => [...some].sort((a, b) => a.rank - b.rank).map(({ part }) => part);
  const [user, ...otherUsers] = byRank(group.user);
  const [database] = byRank(group.database);
  const common = { label, hosts: byRank(group.host), database };
  const passwords = group.password.map(({ part }) => part);
  const first: readonly (Part | undefined)[] = passwords.length > 0 ? passwords : [undefined];
  const logins = first.map((password) => ({ ...common, password, user }));
  return [...logins, ...otherUsers.map((other) => ({ ...common, user: other }))];
}

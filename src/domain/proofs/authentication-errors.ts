/** Messages of drivers and servers about a refused password; an extended regular expression, as `grep -iE` takes it. */
export const AUTHENTICATION_ERROR =
  'password authentication failed|28P01|SASL authentication failed|authentication failed for user';
const PATTERN = new RegExp(AUTHENTICATION_ERROR, 'i');

/**
 * How many lines of an application's log report a refused password. The lines may hold secrets, so the function returns
 * only their number.
 * @param log lines that begin with their time (RFC 3339), which the kubelet adds.
 * @param roles only lines that name one of these roles in quotes, as PostgreSQL's own message does; default: every line.
 * @param since in milliseconds since the epoch. Earlier lines do not count: the new password was not applied yet.
 */
export function countAuthenticationErrors(log: string, since: number, roles: readonly string[] = []): number {
  return log
    .split('\n')
    .filter((line) => PATTERN.test(line) && (roles.length === 0 || roles.some((role) => line.includes(`"${role}"`))))
    .filter((line) => Date.parse(line.slice(0, line.indexOf(' '))) >= since).length;
}

/** What drivers and servers say when a password is refused; an extended regular expression, as `grep -iE` takes it. */
export const AUTHENTICATION_ERROR =
  'password authentication failed|28P01|SASL authentication failed|authentication failed for user';
const PATTERN = new RegExp(AUTHENTICATION_ERROR, 'i');

/**
 * How many lines of an application's log tell of a refused password. The lines themselves may hold anything, so they
 * stay where they are.
 * @param log lines that begin with their time (RFC 3339), as the kubelet prefixes them.
 * @param since lines before that are excused: the new password was not applied yet. Milliseconds since the epoch.
 */
export function countAuthenticationErrors(log: string, since: number): number {
  return log
    .split('\n')
    .filter((line) => PATTERN.test(line))
    .filter((line) => Date.parse(line.slice(0, line.indexOf(' '))) >= since).length;
}

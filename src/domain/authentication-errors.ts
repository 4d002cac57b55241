/** What drivers and servers say when a password is refused. */
const PATTERN = /password authentication failed|28P01|SASL authentication failed|authentication failed for user/i;

export interface AuthenticationErrors {
  readonly count: number;
  /** The first such line, as it was printed. */
  readonly first?: string;
}

/**
 * The lines of an application's log that tell of a refused password.
 * @param log lines that begin with their time (RFC 3339), as the kubelet prefixes them.
 * @param since lines before that are excused: the new password was not applied yet. Milliseconds since the epoch.
 */
export function findAuthenticationErrors(log: string, since: number): AuthenticationErrors {
  const lines = log
    .split('\n')
    .filter((line) => PATTERN.test(line))
    .map((line) => ({ at: Date.parse(line.slice(0, line.indexOf(' '))), text: line.slice(line.indexOf(' ') + 1) }))
    .filter(({ at }) => at >= since);
  const [first] = lines;
  return { count: lines.length, ...(first !== undefined && { first: first.text }) };
}

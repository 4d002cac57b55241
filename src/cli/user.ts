import { hostname, userInfo } from 'node:os';
import { oneLine } from '../domain/text/control-characters.ts';

/** The operating system's user, for the report. */
export function userName(): string {
  try {
    return oneLine(userInfo().username);
  } catch {
    // A container may run under a user id without a name.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** `alice@laptop`: the person who starts something, for the report. */
export function startedBy(): string {
  return oneLine(`${userName()}@${hostname()}`).slice(0, 200);
}

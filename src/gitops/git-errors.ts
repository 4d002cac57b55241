import { RotationError, type FailureType } from '../domain/failures.ts';
import { redact } from '../domain/text/redact.ts';
import { describeRepository, quotable } from './quotable.ts';

const UNTOLD = 'its words are not told, since they hold what it was given to log in with';

/** The messages of Git and ssh (in English, LC_ALL=C), and what they mean. The first match counts. */
const SAID: readonly (readonly [RegExp, FailureType, string])[] = [
  [
    /Protocol .* (not supported|disabled)/i,
    'GitForbidden',
    'redirects to another protocol, which is not followed: name the address that the repository has now',
  ],
  [
    /Authentication failed|could not read (Username|Password)|Permission denied|returned error: 40[13]/i,
    'GitForbidden',
    'refuses the credentials: give those of an account that may read and write it',
  ],
  [
    /Host key verification failed|certificate|server verification failed/i,
    'GitForbidden',
    'is not the server that it should be: correct the known hosts or the certificate authority',
  ],
  [
    /Repository not found|does not appear to be a git repository|repository '.*' not found|returned error: 404/i,
    'GitForbidden',
    'is not there, or not for these credentials: correct the address, or give the account access',
  ],
  [
    /couldn't find remote ref|Remote branch .* not found/i,
    'GitBranchAbsent',
    'does not have the branch that the catalogue names',
  ],
];

/**
 * Turns a failed command into an error about the repository. A failure that is not known to be final may pass.
 * @param given Git's own credentials, which the message must not show.
 */
export function gitFailure(address: string, doing: string, stderr: string, given: readonly string[]): RotationError {
  const repository = describeRepository(address);
  const other = redirectedTo(stderr, address);
  if (other !== undefined) {
    return new RotationError(
      'GitForbidden',
      `Could not ${doing}: the repository ${repository} redirects to ${other}, which asks for credentials. The worker's credentials are for the host of the catalogue's address alone. If the repository has moved, correct "repository" of the component's source.`,
    );
  }
  const known = SAID.find(([pattern]) => pattern.test(stderr));
  const words = quotable(stderr, given);
  const said = words === undefined ? UNTOLD : redact(words, []);
  if (known === undefined) {
    return new RotationError(
      'GitUnreachable',
      `Could not ${doing} the repository ${repository}: ${said}. Is it reachable from the worker?`,
    );
  }
  const [, type, what] = known;
  return new RotationError(type, `Could not ${doing}: the repository ${repository} ${what} (${said}).`);
}

/** Git names the host that asks for credentials. Its scheme, host and port may stand in a message, and nothing else. */
function redirectedTo(stderr: string, address: string): string | undefined {
  if (!URL.canParse(address) || !/^https?:/i.test(address)) return undefined;
  const asked = [...stderr.matchAll(/(?:could not read \w+|Authentication failed) for '(https?:\/\/[^']+)'/gi)];
  const origins = asked.flatMap(([, url = '']) => (URL.canParse(url) ? [new URL(url).origin] : []));
  return origins.find((origin) => origin !== new URL(address).origin);
}

/** Reasons of a rejected push that mean that somebody else was quicker. */
const OUTDATED =
  /fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|incorrect old value|reference already exists/i;

export type PushResult =
  | { readonly kind: 'pushed' }
  /** The branch has moved on. Start again from its new state. */
  | { readonly kind: 'outdated' }
  /** A hook or a rule of the server refused the push. */
  | { readonly kind: 'refused'; readonly because: string };

/** Reads `git push --porcelain`; `undefined` when the server was never asked. */
export function readPush(
  exitCode: number,
  stdout: string,
  stderr: string,
  given: readonly string[],
): PushResult | undefined {
  if (exitCode === 0) return { kind: 'pushed' };
  const line = stdout.split('\n').find((text) => text.startsWith('!'));
  if (line === undefined) return undefined;
  if (OUTDATED.test(line)) return { kind: 'outdated' };
  if (quotable(`${stdout}\n${stderr}`, given) === undefined) return { kind: 'refused', because: UNTOLD };
  const remote = stderr
    .split('\n')
    .filter((text) => text.startsWith('remote:'))
    .map((text) => text.slice('remote:'.length).trim())
    .filter((text) => text !== '');
  const reason = /\(([^)]*)\)\s*$/.exec(line)?.[1] ?? 'no reason given';
  return { kind: 'refused', because: [reason, ...remote].join('; ').slice(0, 300) };
}

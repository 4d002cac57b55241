/** The meaning of the program's exit codes. */
export const EXIT = {
  /** The password was rotated, or another request is done. */
  done: 0,
  /** Refused, failed or rolled back: the old password is the valid one. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Neither password could be proven: somebody must look. */
  needsAttention: 3,
  /** The password was rotated, and somebody still has the old one. */
  leftBehind: 4,
  /** Temporal went away for long: how it ends is not known. */
  outOfSight: 5,
  /** Ctrl-C: the rotation goes on without us. */
  detached: 130,
} as const;

/**
 * The exit code of a command that ends with a report. What needs somebody first wins: a password that is not proven,
 * then clients that are refused, then a rotation that changed nothing.
 * @param done whether the outcome is what the user asked for.
 */
export function exitCodeOf(done: boolean, outcomes: readonly string[], leavesBehind = false): number {
  if (outcomes.includes('needs-attention')) return EXIT.needsAttention;
  if (leavesBehind) return EXIT.leftBehind;
  return done ? EXIT.done : EXIT.failed;
}

/** Ends the program with a message that is already clear to a person. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

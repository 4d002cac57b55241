/** What the program's exit code says. */
export const EXIT = {
  /** The password was rotated, or whatever else was asked for is done. */
  done: 0,
  /** Refused, failed or rolled back: the old password is the valid one. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Neither password could be proven: somebody must look. */
  needsAttention: 3,
  /** Ctrl-C: the rotation goes on without us. */
  detached: 130,
} as const;

/** Ends the program with a message that is already good for a person. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

/** Something the sandbox cannot go on with: what happened and to what, what to do, and where more is written. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly mend: string | undefined;
  readonly log: string | undefined;

  constructor(message: string, details: { mend?: string; log?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.mend = details.mend;
    this.log = details.log;
  }

  /** The whole of it, as a person wants to read it. */
  describe(): string {
    const lines = [this.message];
    if (this.mend !== undefined) lines.push(`To mend it: ${this.mend}`);
    if (this.log !== undefined) lines.push(`Log: ${this.log}`);
    return lines.join('\n');
  }
}

export function describeError(error: unknown): string {
  if (error instanceof SandboxError) return error.describe();
  return error instanceof Error ? error.message : String(error);
}

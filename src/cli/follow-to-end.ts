import { EXIT } from './exit-codes.ts';
import { say } from './say.ts';

interface Followed<Report> {
  readonly display: { progress(report: NoInfer<Report>): void; stop?(): void };
  /** The report at the end. Until then `display` shows what runs. */
  readonly report: Promise<Report>;
  /** The text for a person who leaves with Ctrl-C. */
  readonly goesOn: string;
  /** Set where the worker is ours: the program ends with this worker. */
  readonly stopping: AbortSignal | undefined;
  print(report: Report): void;
  exitCodeOf(report: Report): number;
}

/** Follows a workflow to its end, prints its report and sets the program's exit code. */
export async function followToEnd<Report>(followed: Followed<Report>): Promise<void> {
  const { display } = followed;
  leaveOnInterrupt(followed);
  try {
    const report = await followed.report;
    display.progress(report);
    display.stop?.();
    followed.print(report);
    process.exitCode = followed.exitCodeOf(report);
  } finally {
    display.stop?.();
  }
}

/** Ctrl-C ends only the program. The workflow goes on without it. */
function leaveOnInterrupt({ display, goesOn, stopping }: Omit<Followed<never>, 'report'>): void {
  if (stopping !== undefined) {
    stopping.addEventListener('abort', () => display.stop?.());
    return;
  }
  process.once('SIGINT', () => {
    display.stop?.();
    say(`\n${goesOn}`);
    process.exit(EXIT.detached);
  });
}

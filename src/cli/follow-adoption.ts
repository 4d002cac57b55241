import { followAdoption, type AdoptionHandle } from '../client/adopt.ts';
import type { AdoptionReport } from '../domain/adopt/index.ts';
import { blocks } from '../domain/finding.ts';
import { timelineMarkdown } from '../domain/rotation/timeline.ts';
import { exitCodeOf } from './exit-codes.ts';
import { followToEnd } from './follow-to-end.ts';
import { goesOn } from './kinds.ts';
import { adoptionText } from './print-adoption.ts';
import { print, type OutputFormat } from './print-report.ts';
import { TerminalProgress } from './progress.ts';
import type { Session } from './with-temporal.ts';

export function followAdoptionToEnd(
  { client, stopping }: Session,
  handle: AdoptionHandle,
  component: string,
  output: OutputFormat,
  isQuiet = output === 'json',
): Promise<void> {
  const display = new TerminalProgress(isQuiet, 'The adoption');
  return followToEnd({
    display,
    report: followAdoption(client, handle, display),
    goesOn: goesOn({ kind: 'adoption', workflowId: handle.workflowId, component }),
    stopping,
    print: (report) => print(report, output, { text: adoptionText, markdown: timelineMarkdown }),
    exitCodeOf: (report) => exitCodeOf(isDone(report), [report.outcome]),
  });
}

/** A dry run is done where no finding blocks. */
function isDone({ outcome, findings }: AdoptionReport): boolean {
  return outcome === 'planned' ? !findings.some(blocks) : outcome === 'adopted' || outcome === 'undone';
}

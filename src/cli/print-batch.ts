import pc from 'picocolors';
import type { BatchReport } from '../domain/batch/batch.ts';
import { batchMarkdown, batchSummary, resultText } from '../domain/batch/timeline.ts';
import { seconds as secondsText } from '../domain/text/markdown.ts';
import { print, type OutputFormat } from './print-report.ts';
import { terminalTable } from './terminal-table.ts';

export function printBatch(report: BatchReport, format: OutputFormat): void {
  print(report, format, { text: batchText, markdown: (all) => batchMarkdown(all, all.components.length) });
}

function batchText(report: BatchReport): string {
  const { components, outcome, stopped, seconds = 0, workflowId } = report;
  const rows = components.map((result) => [
    result.component,
    result.outcome,
    result.seconds === undefined ? '' : secondsText(result.seconds),
    resultText(result),
  ]);
  const paint = outcome === 'rotated' ? pc.green : pc.red;
  return [
    terminalTable({ component: 24, outcome: 17, time: 10, cause: 64 }, rows),
    `${paint(batchSummary(report))} in ${secondsText(seconds)}`,
    ...(stopped === undefined ? [] : [`No further rotation was started: ${stopped}.`]),
    pc.dim(`workflow ${workflowId}; the whole report of a rotation: cnpg-rotate follow <component>`),
  ].join('\n');
}

import Table from 'cli-table3';
import pc from 'picocolors';
import { batchMarkdown, batchSummary } from '../domain/batch/timeline.ts';
import type { BatchReport } from '../domain/batch/batch.ts';
import { print, type OutputFormat } from './print-report.ts';

export function printBatch(report: BatchReport, format: OutputFormat): void {
  print(report, format, { text: batchText, markdown: (all) => batchMarkdown(all, all.components.length) });
}

function batchText(report: BatchReport): string {
  const { components, outcome, stopped, seconds = 0, workflowId } = report;
  const table = new Table({
    head: ['component', 'outcome', 'time', 'cause'],
    style: { head: [], border: [] },
    colWidths: [24, 17, 10, 64],
    wordWrap: true,
  });
  for (const { component, outcome: how, seconds: took, cause } of components) {
    const time = took === undefined ? '' : `${took.toFixed(1)} s`;
    table.push([component, how, time, cause === undefined ? '' : `${cause.type}: ${cause.message}`]);
  }
  const paint = outcome === 'rotated' ? pc.green : pc.red;
  return [
    table.toString(),
    `${paint(batchSummary(report))} in ${seconds.toFixed(1)} s`,
    ...(stopped === undefined ? [] : [`No further rotation was started: ${stopped}.`]),
    pc.dim(`workflow ${workflowId}; the whole report of a rotation: cnpg-rotate follow <component>`),
  ].join('\n');
}

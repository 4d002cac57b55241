import Table from 'cli-table3';
import pc from 'picocolors';
import type { RefusedLogins } from '../domain/refused-logins.ts';
import type { RotationReport } from '../domain/rotation.ts';
import { stepTitle } from '../domain/timeline.ts';

export const OUTPUT_FORMATS = ['text', 'json'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** The report on stdout: a table for people, or one JSON document. */
export function printReport(report: RotationReport, format: OutputFormat): void {
  process.stdout.write(`${format === 'json' ? JSON.stringify(report, undefined, 2) : reportText(report)}\n`);
}

export function reportText(report: RotationReport): string {
  const {
    component,
    rotation,
    outcome,
    steps,
    warnings,
    cause,
    refusedLogins,
    advice,
    seconds = 0,
    budgetSeconds,
    workflowId,
    runId,
  } = report;
  const table = new Table({
    head: ['step', 'budget', 'time', 'observed'],
    style: { head: [], border: [] },
    colWidths: [18, 9, 10, 76],
    wordWrap: true,
  });
  for (const step of steps) {
    const time = step.seconds === undefined ? '…' : `${step.seconds.toFixed(1)} s`;
    table.push([
      `${step.outcome === 'failed' ? '✗ ' : ''}${stepTitle(step)}`,
      `${step.budgetSeconds} s`,
      time,
      step.detail ?? '',
    ]);
  }
  const paint = outcome === 'rotated' ? pc.green : pc.red;
  return [
    table.toString(),
    `${pc.bold(component)}: ${paint(outcome)} in ${seconds.toFixed(1)} s of ${budgetSeconds} s (rotation ${rotation})`,
    ...(refusedLogins === undefined ? [] : [refusedText(refusedLogins)]),
    ...(cause === undefined ? [] : [`${cause.type}: ${cause.message}`]),
    ...(advice === undefined ? [] : [advice]),
    ...warnings.map((warning) => `Warning: ${warning}`),
    pc.dim(`workflow ${workflowId}, run ${runId}`),
  ].join('\n');
}

function refusedText({ count, windowSeconds, byClient }: RefusedLogins): string {
  if (count === 0) return 'No login was refused.';
  const clients = byClient.map((client) => `${client.client} ${client.count}`).join(', ');
  return `${count} logins refused in a window of ${windowSeconds.toFixed(1)} s (by client: ${clients})`;
}

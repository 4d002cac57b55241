import Table from 'cli-table3';
import { Option } from 'commander';
import pc from 'picocolors';
import { visible } from '../domain/text/control-characters.ts';
import type { RotationReport } from '../domain/rotation/report.ts';
import { reportFacts, stepTitle, timelineMarkdown } from '../domain/rotation/timeline.ts';
import { clean } from './clean.ts';

const OUTPUT_FORMATS = ['text', 'json', 'markdown'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** `--output`, the same for every command that ends with a report. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'form of the report on stdout').choices(OUTPUT_FORMATS).default('text');
}

/** How a kind of report is written for people. */
interface Renderer<Report> {
  readonly text: (report: Report) => string;
  readonly markdown: (report: Report) => string;
}

/** A report on stdout: a table for people, Markdown, or one JSON document. */
export function print<Report>(report: Report, format: OutputFormat, { text, markdown }: Renderer<Report>): void {
  // In a JSON text the code of a control character means that character.
  const json = (): string => visible(JSON.stringify(report, undefined, 2));
  const written = format === 'json' ? json() : format === 'markdown' ? markdown(report) : text(clean(report));
  process.stdout.write(`${written}\n`);
}

export function printReport(report: RotationReport, format: OutputFormat): void {
  print(report, format, { text: reportText, markdown: timelineMarkdown });
}

/** Each step with its budget, its time and what was observed. */
export function stepTable(steps: RotationReport['steps']): string {
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
  return table.toString();
}

export function reportText(report: RotationReport): string {
  const { component, rotation, outcome, steps, warnings, cause, advice, seconds = 0, budgetSeconds } = report;
  const paint = outcome === 'rotated' ? pc.green : pc.red;
  return [
    stepTable(steps),
    `${pc.bold(component)}: ${paint(outcome)} in ${seconds.toFixed(1)} s of ${budgetSeconds} s (rotation ${rotation})`,
    ...(cause === undefined ? [] : [`${cause.type}: ${cause.message}`]),
    ...(advice === undefined ? [] : [advice]),
    ...warnings.map((warning) => `Warning: ${warning}`),
    ...reportFacts(report).map(([name, fact]) => pc.dim(`${name} ${fact}`)),
  ].join('\n');
}

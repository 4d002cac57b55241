import { Option } from 'commander';
import pc from 'picocolors';
import { describeLeftBehind } from '../domain/consumers/left-behind.ts';
import type { RotationReport } from '../domain/rotation/report.ts';
import { causeText, reportFacts, stepTitle, timelineMarkdown } from '../domain/rotation/timeline.ts';
import { visible } from '../domain/text/control-characters.ts';
import { seconds as secondsText } from '../domain/text/markdown.ts';
import { clean } from './clean.ts';
import { findingText } from './print-check.ts';
import { terminalTable, widthLeft } from './terminal-table.ts';

const OUTPUT_FORMATS = ['text', 'json', 'markdown'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** `--output`, the same for every command that ends with a report. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'form of the report on stdout').choices(OUTPUT_FORMATS).default('text');
}

/** A report on stdout: a table for people, Markdown, or one JSON document. */
export function print<Report>(
  report: Report,
  format: OutputFormat,
  { text, markdown }: Readonly<Record<'text' | 'markdown', (report: Report) => string>>,
): void {
  // JSON escapes a control character by its code, which means the same character.
  const json = (): string => visible(JSON.stringify(report, undefined, 2));
  const written = format === 'json' ? json() : format === 'markdown' ? markdown(report) : text(clean(report));
  process.stdout.write(`${written}\n`);
}

export function printReport(report: RotationReport, format: OutputFormat): void {
  print(report, format, { text: reportText, markdown: timelineMarkdown });
}

/** Each step with its budget, its time and its result. */
export function stepTable(steps: RotationReport['steps']): string {
  return terminalTable(
    { step: 18, budget: 9, time: 10, observed: widthLeft(18 + 9 + 10, 76) },
    steps.map((step) => [
      `${step.outcome === 'failed' ? '✗ ' : ''}${stepTitle(step)}`,
      `${step.budgetSeconds} s`,
      secondsText(step.seconds),
      step.detail ?? '',
    ]),
  );
}

export function reportText(report: RotationReport): string {
  const { component, rotation, outcome, steps, warnings, advice, seconds = 0, budgetSeconds } = report;
  const { leftBehind = [] } = report;
  const paint = outcome !== 'rotated' ? pc.red : leftBehind.length > 0 ? pc.yellow : pc.green;
  const left = leftBehind.length === 0 ? '' : `, ${leftBehind.length} left behind`;
  return [
    stepTable(steps),
    ...whyText(report),
    ...(advice === undefined ? [] : [advice]),
    ...leftBehind.map((one) => `Left behind: ${describeLeftBehind(one)}`),
    ...warnings.map((warning) => `Warning: ${warning}`),
    ...reportFacts(report).map(([name, fact]) => pc.dim(`${name} ${fact}`)),
    `${pc.bold(component)}: ${paint(`${outcome}${left}`)} in ${secondsText(seconds)} of ${budgetSeconds} s (rotation ${rotation})`,
  ].join('\n');
}

/** Why a rotation failed. Findings that refused the rotation stand as `check` shows them. */
function whyText({ outcome, cause, diagnosis }: RotationReport): readonly string[] {
  if (cause === undefined) return [];
  const refused = outcome === 'unchanged' && diagnosis?.some(({ rule }) => rule === cause.type) === true;
  return refused ? diagnosis.map(findingText) : [causeText(cause)];
}

import { causeText, startText } from '../rotation/timeline.ts';
import { markdownTable, markdownText, seconds } from '../text/markdown.ts';
import type { BatchReport, ComponentResult } from './batch.ts';

/** The Web UI shows so many rows; the report has all rows. */
const MAX_ROWS = 100;

const SIGN: Readonly<Record<ComponentResult['outcome'], string>> = {
  rotated: '✓',
  running: '…',
  'not-started': '·',
  unchanged: '✗',
  'rolled-back': '✗',
  'needs-attention': '✗',
};

/** The outcomes in the order in which a person wants to see them. */
const ORDER: readonly ComponentResult['outcome'][] = [
  'needs-attention',
  'rolled-back',
  'unchanged',
  'running',
  'not-started',
  'rotated',
];

/** The batch for the Web UI, which draws tables without space between the columns: a list. */
export function batchDetails(report: BatchReport): string {
  const shown = mostConcerning(report, MAX_ROWS);
  const items = shown.map((result) => {
    const { component, outcome, seconds: took } = result;
    const text = resultText(result);
    const time = took === undefined ? '' : ` ${seconds(took)}`;
    return `- ${SIGN[outcome]} **${markdownText(component)}** ${outcome}${time}${text === '' ? '' : ` · ${markdownText(text)}`}`;
  });
  return [`**${batchSummary(report)}**`, items.join('\n'), ...afterRows(report, shown)].join('\n\n');
}

/** The batch in Markdown, for an auditor. */
export function batchMarkdown(report: BatchReport, maxRows = MAX_ROWS): string {
  const shown = mostConcerning(report, maxRows);
  const rows = shown.map((result) => [
    `${SIGN[result.outcome]} ${result.component}`,
    result.outcome,
    result.seconds === undefined ? '' : seconds(result.seconds),
    resultText(result),
    result.rotation ?? '',
  ]);
  return [
    `**${batchSummary(report)}**`,
    markdownTable(['component', 'outcome', 'time', 'cause', 'rotation'], rows),
    ...afterRows(report, shown),
  ].join('\n\n');
}

function mostConcerning({ components }: BatchReport, most: number): readonly ComponentResult[] {
  return most < components.length ? [...components].sort(byConcern).slice(0, most) : components;
}

function afterRows(report: BatchReport, shown: readonly ComponentResult[]): readonly string[] {
  const { components, stopped, reason, endedAt, workflowId } = report;
  const facts = [
    ['started', startText(report)],
    ['ended', endedAt && `${endedAt}, after ${seconds(report.seconds)}`],
    ['reason', reason],
    ['workflow', workflowId],
  ].filter(([, fact]) => fact !== undefined);
  return [
    ...(shown.length < components.length ? [`… and ${components.length - shown.length} more.`] : []),
    ...(stopped === undefined ? [] : [`No further rotation was started: ${markdownText(stopped)}.`]),
    facts.map(([name, fact]) => `- ${name ?? ''}: ${markdownText(fact ?? '')}`).join('\n'),
  ];
}

/** `partly: 3 of 4 rotated, 1 rolled-back`: the batch in one line. */
export function batchSummary({ components, outcome }: BatchReport): string {
  const count = (wanted: ComponentResult['outcome']): number =>
    components.filter((result) => result.outcome === wanted).length;
  const leaving = components.filter(({ leftBehind }) => leftBehind !== undefined).length;
  const others = ORDER.filter((wanted) => wanted !== 'rotated' && count(wanted) > 0);
  return [
    `${outcome}: ${count('rotated')} of ${components.length} rotated`,
    ...others.map((wanted) => `${count(wanted)} ${wanted}`),
    ...(leaving === 0 ? [] : [`${leaving} with clients left behind`]),
  ].join(', ');
}

/** Why a rotation did not end well, or whom it left behind. */
export function resultText({ cause, leftBehind = '' }: ComponentResult): string {
  return cause === undefined ? leftBehind : causeText(cause);
}

function byConcern(one: ComponentResult, other: ComponentResult): number {
  return ORDER.indexOf(one.outcome) - ORDER.indexOf(other.outcome);
}

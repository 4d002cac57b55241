import { describeLeftBehind } from '../consumers/left-behind.ts';
import { markdownLines, markdownText, seconds } from '../text/markdown.ts';
import type { RotationReport, StepRecord } from './report.ts';
import { planLines } from './rotation-plan.ts';
import { reportFacts, stepTitle } from './timeline.ts';
import { adoptionWorkflowId, rotationArguments } from './workflow-ids.ts';

/*
 * A rotation or an adoption as the Web UI shows it. The Web UI draws tables without space between the columns, so the
 * steps are a list.
 */

type ReportOf<Outcome> = Omit<RotationReport, 'outcome'> & { readonly outcome: Outcome };

const SIGN = { running: '…', done: '✓', failed: '✗' } as const;

const SENTENCE: Readonly<Record<string, string>> = {
  running: 'It goes on.',
  rotated: 'Only the new password is valid.',
  unchanged: 'No password was changed.',
  'rolled-back': 'The old password is valid again.',
  'needs-attention': 'A person has to look at it.',
  planned: 'This was a dry run.',
  adopted: 'Two login roles take turns from here on.',
  undone: 'The owner logs in again.',
};

/** `rolled-back. The old password is valid again.`: the outcome in one short sentence. */
export function outcomeSentence(outcome: string): string {
  const sentence = SENTENCE[outcome];
  return sentence === undefined ? `${outcome}.` : `${outcome}. ${sentence}`;
}

/** The outcome first, then what to do, the steps and the facts. */
export function detailsMarkdown(report: ReportOf<string>): string {
  const { component, outcome, steps, warnings, cause, advice, secretPlan, leftBehind = [] } = report;
  const running = steps.find((step) => step.outcome === 'running');
  return [
    `**${markdownText(component)}: ${outcomeSentence(outcome)}**${endText(report)}`,
    ...(cause === undefined ? [] : [`**${cause.type}**: ${markdownText(cause.message)}`]),
    ...(advice === undefined ? [] : [markdownLines(advice)]),
    ...(running === undefined ? [] : [commands(report)]),
    steps.map(stepLine).join('\n'),
    ...list(leftBehind.map((one) => `⚠ Left behind: ${markdownText(describeLeftBehind(one))}`)),
    ...list(warnings.map((warning) => `⚠ ${markdownText(warning)}`)),
    ...(secretPlan === undefined ? [] : list(planLines(secretPlan).map(markdownText))),
    ...list(reportFacts(report).map(([name, fact]) => `${name}: ${markdownText(fact)}`)),
  ].join('\n\n');
}

function endText({ seconds: took, budgetSeconds }: Pick<RotationReport, 'seconds' | 'budgetSeconds'>): string {
  return took === undefined ? '' : ` ${seconds(took)} of ${budgetSeconds} s.`;
}

function stepLine(step: StepRecord): string {
  const time = step.outcome === 'running' ? `of ${step.budgetSeconds} s` : seconds(step.seconds);
  const detail = step.detail === undefined ? '' : ` · ${markdownText(step.detail)}`;
  return `- ${SIGN[step.outcome]} **${markdownText(stepTitle(step))}** ${time}${detail}`;
}

/** The commands for a person who looks while it runs. An adoption knows no approval. */
function commands({ component, workflowId, steps }: ReportOf<string>): string {
  const args = rotationArguments(component, workflowId);
  const waits = steps.some(({ step, outcome }) => step === 'approve' && outcome === 'running');
  // Its first steps are those of a rotation; only its Workflow Id tells.
  const isAdoption =
    workflowId === adoptionWorkflowId(component) ||
    steps.some(({ step }) => step === 'split' || step === 'declare' || step === 'withdraw');
  if (isAdoption)
    return `Follow or undo: \`cnpg-rotate follow ${component} --adoption\`, \`cnpg-rotate cancel ${component} --adoption\``;
  const approve = waits ? `Approve: \`cnpg-rotate approve ${args}\`. ` : '';
  return `${approve}Follow or undo: \`cnpg-rotate follow ${args}\`, \`cnpg-rotate abort ${args}\``;
}

function list(items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [items.map((item) => `- ${item}`).join('\n')];
}

import { workloadLabel, workloadName } from '../component.ts';
import { describeLeftBehind, type LeftBehind } from '../consumers/left-behind.ts';
import type { Cause } from '../failures.ts';
import { describeKubernetes } from '../kubernetes-identity.ts';
import { refusedCount, type RefusedLogins } from '../proofs/refused-logins.ts';
import { attributesText, haveSameAttributes, type RoleAttributesSeen } from '../proofs/role-attributes.ts';
import { markdownLines, markdownTable, markdownText, seconds } from '../text/markdown.ts';
import type { RotationReport, StepRecord } from './report.ts';
import { planMarkdown } from './rotation-plan.ts';

/** A rotation's report, or a report with other outcomes. */
type ReportOf<Outcome> = Omit<RotationReport, 'outcome'> & { readonly outcome: Outcome };

const SIGN = { running: '…', done: '✓', failed: '✗' } as const;

/**
 * The report in Markdown, for the Web UI while the rotation runs and for an auditor later: each step with its budget,
 * its time and its observation, then who, when and where.
 */
export function timelineMarkdown(report: ReportOf<string>): string {
  const { component, rotation, outcome, steps, warnings, cause, advice, secretPlan } = report;
  const rows = steps.map((step) => [
    `${SIGN[step.outcome]} ${stepTitle(step)}`,
    `${step.budgetSeconds} s`,
    seconds(step.seconds),
    step.detail ?? '',
  ]);
  return [
    `**${markdownText(component)}**: ${outcome} (rotation \`${rotation}\`)`,
    markdownTable(['step', 'budget', 'time', 'observed'], rows),
    ...(secretPlan === undefined ? [] : [planMarkdown(secretPlan)]),
    ...(cause === undefined ? [] : [`**${cause.type}**: ${markdownText(cause.message)}`]),
    ...(advice === undefined ? [] : [markdownLines(advice)]),
    ...leftBehindLines(report.leftBehind).map((lines) => lines.join('\n')),
    ...(warnings.length === 0 ? [] : [warnings.map((warning) => `- ⚠ ${markdownText(warning)}`).join('\n')]),
    reportFacts(report)
      .map(([name, fact]) => `- ${name}: ${markdownText(fact)}`)
      .join('\n'),
  ].join('\n\n');
}

/** The clients that the rotation left behind, as a list with its heading; nothing where there is none. */
function leftBehindLines(leftBehind: readonly LeftBehind[] = []): readonly (readonly string[])[] {
  if (leftBehind.length === 0) return [];
  const lines = leftBehind.map((one) => `- ⚠ ${markdownText(describeLeftBehind(one))}`);
  return [[`**${leftBehind.length} left behind**, still with the other password:`], lines];
}

/** Who, when and where: the facts outside of the steps. */
export function reportFacts(report: ReportOf<string>): readonly (readonly [name: string, fact: string])[] {
  const { endedAt, reason, approval, where, workloads, workflowId, runId } = report;
  const { kubernetes, seconds: took, budgetSeconds, secrets, refusedLogins, roleAttributes } = report;
  const approved =
    approval &&
    `${approval.by ?? 'somebody'}, ${approval.at}${approval.note === undefined ? '' : `: ${approval.note}`}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['started', startText(report)],
    ['ended', endedAt && `${endedAt}, ${seconds(took)} of ${budgetSeconds} s${waited(report)}`],
    ['reason', reason],
    ['approved by', approved],
    ['strategy', report.strategy],
    ['role', where && `${roleText(report)} of Cluster ${where.namespace}/${where.cluster}`],
    ['role attributes', roleAttributes && attributesSeen(roleAttributes)],
    ['Kubernetes cluster', kubernetes && describeKubernetes(kubernetes)],
    ['Secrets', where && secrets.map((name) => `${where.namespace}/${name}`).join(', ')],
    [
      'workloads',
      workloads.map((one) => (where === undefined ? workloadName(one) : workloadLabel(where, one))).join(', ') ||
        undefined,
    ],
    ['refused logins', refusedLogins && refusedText(refusedLogins)],
    ['workflow', `${workflowId}, run ${runId}`],
  ];
  return facts.flatMap(([name, fact]) => (fact === undefined ? [] : [[name, fact] as const]));
}

/** `litellm_b takes over from litellm_a, both act as litellm`; in place, the one role. */
function roleText({ where, turn }: Pick<RotationReport, 'where' | 'turn'>): string {
  if (where === undefined || turn === undefined) return where?.role ?? '';
  return `${turn.idle.role} takes over from ${turn.active.role}, both acting as ${where.alternating.owner},`;
}

/** As `\du` shows them. A running or failed rotation has no second look. */
function attributesSeen({ before, after }: RoleAttributesSeen): string {
  const text = attributesText(before);
  if (after === undefined) return `${text} before`;
  if (haveSameAttributes(before, after)) return `${text}, the same before and after`;
  return `${text} before, ${attributesText(after)} after`;
}

/** How many logins PostgreSQL refused during the rotation, according to PostgreSQL's own log. */
function refusedText(refused: RefusedLogins): string {
  const { count, atLeast, uncountable, windowSeconds, byClient } = refused;
  if (uncountable !== undefined) {
    const seen = count === 0 ? '' : `; PostgreSQL's log has ${count}`;
    return `cannot be counted, because ${uncountable.join(', and because ')}${seen}`;
  }
  if (count === 0) return atLeast === true ? 'none in the part of the log that is left' : 'none';
  // `pod litellm-7f9c (10.244.0.7) as litellm_a 12`
  const clients = byClient
    .map(
      ({ client, pod, role, count: times, pooler }) =>
        `${pod === undefined ? client : `pod ${pod} (${client})`} as ${role}${pooler === undefined ? '' : ` at Pooler ${pooler}`} ${times}`,
    )
    .join(', ');
  return `${refusedCount(refused)} in a window of ${windowSeconds.toFixed(1)} s (by client: ${clients})`;
}

/** `SecretChanged: The Secret …`. */
export function causeText({ type, message }: Cause): string {
  return `${type}: ${message}`;
}

/** When the rotation was started, and by whom. */
export function startText({ startedAt, startedBy }: Pick<RotationReport, 'startedAt' | 'startedBy'>): string {
  return startedBy === undefined ? startedAt : `${startedAt} by ${startedBy}`;
}

function waited({ steps }: Pick<RotationReport, 'steps'>): string {
  const approve = steps.find(({ step }) => step === 'approve');
  const jobs = steps.find(({ step }) => step === 'wait');
  return [
    ...(approve === undefined ? [] : [`, and ${seconds(approve.seconds)} of waiting for the approval`]),
    ...(jobs === undefined ? [] : [`, and ${seconds(jobs.seconds)} of waiting for Jobs`]),
  ].join('');
}

/** `publish`, `sync litellm_b` with two roles, or `publish (back)` on the way back to the previous credential. */
export function stepTitle({ step, target, role }: StepRecord): string {
  const title = role === undefined ? step : `${step} ${role}`;
  return target === 'previous' ? `${title} (back)` : title;
}

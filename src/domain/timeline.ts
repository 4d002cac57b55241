import type { RotationReport, StepRecord } from './rotation.ts';

const SIGN = { running: '…', done: '✓', failed: '✗' } as const;

/** The rotation as a Markdown table, for the Web UI: each step, its budget, its time, what was observed. */
export function timelineMarkdown(report: RotationReport): string {
  const { component, rotation, outcome, steps, warnings, cause, advice } = report;
  const rows = steps.map(
    (step) =>
      `| ${SIGN[step.outcome]} ${stepTitle(step)} | ${step.budgetSeconds} s | ${step.seconds === undefined ? '…' : `${step.seconds.toFixed(1)} s`} | ${cell(step.detail)} |`,
  );
  return [
    `**${component}**: ${outcome} (rotation \`${rotation}\`)`,
    ['| step | budget | time | observed |', '|---|---|---|---|', ...rows].join('\n'),
    ...(cause === undefined ? [] : [`**${cause.type}**: ${cause.message}`]),
    ...(advice === undefined ? [] : [advice]),
    ...(warnings.length === 0 ? [] : [warnings.map((warning) => `- ⚠ ${warning}`).join('\n')]),
  ].join('\n\n');
}

/** `publish`, or `publish (back)` on the way back to the previous credential. */
export function stepTitle({ step, target }: StepRecord): string {
  return target === 'previous' ? `${step} (back)` : step;
}

function cell(text: string | undefined): string {
  return (text ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
}

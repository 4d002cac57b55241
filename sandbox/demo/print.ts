import Table from 'cli-table3';
import pc from 'picocolors';
import { stepTitle } from '../../src/domain/timeline.ts';
import type { ComponentReport, DemoReport, RotationSummary } from './report.ts';

type Step = RotationSummary['steps'][number];

/** The report for people: a column for each component, a row for each step with its budget, then what was proven. */
export function reportTable(report: DemoReport): string {
  const { components, proven, seconds } = report;
  const table = new Table({
    head: ['', 'budget', ...components.map(({ component }) => component)],
    style: { head: [], border: [], compact: true },
  });
  const row = (name: string, budget: string, cell: (component: ComponentReport) => string): void => {
    table.push([name, budget, ...components.map(cell)]);
  };
  for (const step of stepsOf(components)) {
    row(stepTitle(asRecord(step)), `${step.budgetSeconds} s`, ({ rotation }) => stepCell(find(rotation, step)));
  }
  const budgets = components.flatMap(({ rotation }) => (rotation === undefined ? [] : [rotation.budgetSeconds]));
  row('whole rotation', budgets[0] === undefined ? '' : `${Math.max(...budgets)} s`, ({ rotation }) =>
    rotation === undefined ? '' : pc.bold(`${rotation.seconds.toFixed(1)} s`),
  );
  row('outcome', '', ({ outcome }) => (outcome === 'rotated' ? pc.green(outcome) : pc.red(outcome)));
  row('new password', '', ({ logins }) =>
    paint(logins.newPassword, logins.newPassword === 'accepted' && logins.changed),
  );
  row('old password', '', ({ logins }) =>
    paint(logins.oldPassword.replace('SQLSTATE ', ''), logins.oldPassword !== 'accepted'),
  );
  row('refused logins', '', ({ rotation }) =>
    rotation?.refusedLogins === undefined ? 'unknown' : String(rotation.refusedLogins.count),
  );
  row('window', '', ({ rotation }) =>
    rotation?.refusedLogins === undefined ? 'unknown' : `${rotation.refusedLogins.windowSeconds.toFixed(1)} s`,
  );
  const rotated = components.filter(({ outcome }) => outcome === 'rotated').length;
  const sentence = `${rotated} of ${components.length} rotated${proven ? ', each new password accepted and each old one refused' : ''}, in ${seconds.toFixed(0)} s with everything around.`;
  return [
    table.toString(),
    proven ? pc.green(sentence) : pc.red(sentence),
    ...components.flatMap(({ component, cause }) =>
      cause === undefined ? [] : [`${component}: ${cause.type}: ${cause.message}`],
    ),
    pc.dim(
      'refused logins: of the applications, from the old password’s end to the last old pod’s, counted in PostgreSQL’s own log.',
    ),
  ].join('\n');
}

/** Every step of any of the components, in their order. */
function stepsOf(components: readonly ComponentReport[]): Step[] {
  const all = components.flatMap(({ rotation }) => rotation?.steps ?? []);
  const longest = components
    .map(({ rotation }) => rotation?.steps ?? [])
    .reduce((one, other) => (other.length > one.length ? other : one), []);
  const titles = new Map([...longest, ...all].map((step) => [stepTitle(asRecord(step)), step]));
  return [...titles.values()];
}

function find(rotation: RotationSummary | undefined, { step, target }: Step): Step | undefined {
  return rotation?.steps.find((one) => one.step === step && one.target === target);
}

function stepCell(step: Step | undefined): string {
  if (step?.seconds === undefined) return '';
  const { outcome, seconds, budgetSeconds } = step;
  return paint(`${seconds.toFixed(1)} s`, outcome !== 'failed' && seconds <= budgetSeconds, (text) => text);
}

function paint(text: string, good: boolean, whenGood: (text: string) => string = pc.green): string {
  return good ? whenGood(text) : pc.red(`✗ ${text}`);
}

function asRecord(step: Step): Parameters<typeof stepTitle>[0] {
  return { startedAt: '', ...step };
}

import Table from 'cli-table3';
import pc from 'picocolors';
import { refusedCount } from '../../src/domain/proofs/refused-logins.ts';
import { stepTitle } from '../../src/domain/rotation/timeline.ts';
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
  if (components.some(({ adoption }) => adoption !== undefined)) {
    row('roles made', '', ({ adoption }) => (adoption === undefined ? '' : `${adoption.seconds.toFixed(1)} s`));
    row('… refused logins', '', ({ adoption }) => (adoption === undefined ? '' : refusedCell(adoption)));
  }
  for (const [title, { budgetSeconds }] of stepsOf(components)) {
    row(title, `${budgetSeconds} s`, (component) => stepCell(titledSteps(component).get(title)));
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
  row('refused logins', '', ({ rotation }) => refusedCell(rotation ?? {}));
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
    ...(report.commits === undefined
      ? []
      : ['The repository:', ...report.commits.map(({ commit, subject }) => `  ${commit.slice(0, 10)} ${subject}`)]),
    pc.dim(
      'refused logins: of the applications, from the old password’s end to the verification, counted in PostgreSQL’s own log.',
    ),
  ].join('\n');
}

/** Every step of any of the components by its title, in their order. */
function stepsOf(components: readonly ComponentReport[]): ReadonlyMap<string, Step> {
  const all = components.map(titledSteps);
  const longest = all.reduce((one, other) => (other.size > one.size ? other : one), new Map<string, Step>());
  return new Map([...longest, ...all.flatMap((steps) => [...steps])]);
}

/** A component's steps, by titles that the components have in common: `sync …_b` is `sync litellm_b` of litellm. */
function titledSteps({ component, rotation }: ComponentReport): ReadonlyMap<string, Step> {
  const titled = (rotation?.steps ?? []).map((step) => {
    const title = stepTitle({ startedAt: '', ...step });
    return [step.role === undefined ? title : title.replace(` ${component}`, ' …'), step] as const;
  });
  return new Map(titled);
}

function refusedCell({ refusedLogins }: Pick<RotationSummary, 'refusedLogins'>): string {
  return refusedLogins?.uncountable !== undefined || refusedLogins === undefined
    ? 'unknown'
    : refusedCount(refusedLogins);
}

function stepCell(step: Step | undefined): string {
  if (step?.seconds === undefined) return '';
  const { outcome, seconds, budgetSeconds } = step;
  return paint(`${seconds.toFixed(1)} s`, outcome !== 'failed' && seconds <= budgetSeconds, (text) => text);
}

function paint(text: string, good: boolean, whenGood: (text: string) => string = pc.green): string {
  return good ? whenGood(text) : pc.red(`✗ ${text}`);
}

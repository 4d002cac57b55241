import pc from 'picocolors';
import type { AdoptionReport } from '../domain/adopt/index.ts';
import { causeText, reportFacts } from '../domain/rotation/timeline.ts';
import { findingText } from './print-check.ts';
import { stepTable } from './print-report.ts';

/** What an adoption found, planned and did, and then the changes to make in Git. */
export function adoptionText(report: AdoptionReport): string {
  const { component, direction, outcome, findings, plan, cause, advice, patch, manifests, warnings, steps } = report;
  const planned = outcome === 'planned';
  const isDone = outcome === 'adopted' || outcome === 'undone';
  // A warning that repeats a finding is left out.
  const noted = warnings.filter((warning) => !findings.some(({ message }) => warning.startsWith(message)));
  return [
    `${pc.bold(component)}: ${COLOUR[outcome](outcome)}`,
    ...(cause === undefined ? [] : [causeText(cause)]),
    ...(advice === undefined || isDone ? [] : [advice]),
    ...findings.map(findingText),
    ...noted.map((warning) => `  ${pc.yellow('!')} ${warning}`),
    ...(planned ? ['', pc.bold('Steps'), ...plan.map((step, index) => `  ${index + 1}. ${step}`)] : []),
    ...(planned ? [] : [stepTable(steps), ...reportFacts(report).map(([name, fact]) => pc.dim(`${name} ${fact}`))]),
    ...(patch === '' || outcome === 'rolled-back' ? [] : ['', pc.bold('For Git'), patch.trimEnd()]),
    ...(planned && direction === 'adopt' && manifests !== ''
      ? ['', pc.bold('Secrets that are made; they need not be in Git'), manifests.trimEnd()]
      : []),
    ...(advice !== undefined && isDone ? ['', pc.bold(advice)] : []),
  ].join('\n');
}

const COLOUR: Readonly<Record<AdoptionReport['outcome'], (text: string) => string>> = {
  planned: pc.cyan,
  adopted: pc.green,
  undone: pc.green,
  unchanged: pc.red,
  'rolled-back': pc.red,
  'needs-attention': pc.red,
  running: pc.yellow,
};

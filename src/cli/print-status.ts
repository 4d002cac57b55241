import pc from 'picocolors';
import { stringify } from 'yaml';
import { ageText, needsAttention, stateWord, type ComponentStatus, type LastRun } from '../domain/status.ts';
import { visible } from '../domain/text/control-characters.ts';
import { columns } from './columns.ts';

/** One line a component; `wide` adds where it is. */
export function statusTable(found: readonly ComponentStatus[], now: Date, wide: boolean): string {
  const head = ['COMPONENT', 'LOGIN', 'STRATEGY', 'AGE', 'LAST OUTCOME', 'NEXT', 'STATE'];
  const rows = found.map((one) => {
    const { component, login = '-', strategy, changedAt, last, nextAt } = one;
    const ended = last === undefined ? '-' : `${last.outcome} ${ageText(last.endedAt ?? last.startedAt, now)} ago`;
    const row = [component, login, strategy, ageText(changedAt, now), ended, nextText(nextAt, now), stateWord(one)];
    return wide ? [...row, `${one.namespace}/${one.cluster}`, last?.workflowId ?? '-'] : row;
  });
  const table = columns(wide ? [...head, 'CLUSTER', 'WORKFLOW'] : head, rows);
  const noted = found.filter(needsAttention).map((one) => `${pc.red('✗')} ${one.component}: ${adviceOf(one)}`);
  return [table, ...noted].join('\n');
}

export function yamlText(found: readonly ComponentStatus[]): string {
  return visible(stringify(found));
}

export function namesText(found: readonly ComponentStatus[]): string {
  return found.map(({ component }) => component).join('\n');
}

/** One line a run, newest first. */
export function historyTable(runs: readonly LastRun[], now: Date): string {
  return columns(
    ['STARTED', 'AGE', 'TYPE', 'OUTCOME', 'SECONDS', 'RUN'],
    runs.map(({ startedAt, endedAt, type, outcome, runId }) => [
      startedAt.replace(/\.\d+Z$/, 'Z'),
      ageText(startedAt, now),
      type,
      outcome,
      endedAt === undefined ? '-' : ((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000).toFixed(1),
      runId,
    ]),
  );
}

function nextText(nextAt: string | undefined, now: Date): string {
  if (nextAt === undefined) return '-';
  return `in ${ageText(now.toISOString(), new Date(nextAt))}`;
}

function adviceOf({ component, lock, failure }: ComponentStatus): string {
  if (failure !== undefined) return `${failure.message} Look at it with "cnpg-rotate check ${component}".`;
  const held = `rotation ${lock?.rotation ?? ''} (workflow ${lock?.workflowId ?? ''})`;
  return lock?.state === 'elsewhere'
    ? `${held} of another Temporal holds the component; docs/restoring.md says what to do if that one is lost.`
    : `${held} ended needing attention: "cnpg-rotate follow ${component}" prints what to do.`;
}

import { rotationArguments } from './workflow-ids.ts';

/** What the Web UI shows of a workflow from its start on: one line, details in Markdown, and a memo. */
export interface StartTexts {
  readonly staticSummary: string;
  readonly staticDetails: string;
  readonly memo: Readonly<Record<string, string>>;
}

interface Start {
  readonly component: string;
  readonly workflowId: string;
  readonly reason?: string;
  readonly startedBy?: string;
  readonly requireApproval?: boolean;
}

export function rotationStart(start: Start): StartTexts {
  const { component, workflowId, requireApproval } = start;
  const args = rotationArguments(component, workflowId);
  return {
    staticSummary: `Rotate the PostgreSQL password of ${component}`.slice(0, 200),
    staticDetails: commands([
      ...(requireApproval === true ? [['approve', `cnpg-rotate approve ${args}`] as const] : []),
      ['follow', `cnpg-rotate follow ${args}`],
      ['undo', `cnpg-rotate abort ${args}`],
    ]),
    memo: memoOf(start),
  };
}

export function adoptionStart({ undo, ...start }: Start & { readonly undo: boolean }): StartTexts {
  const { component } = start;
  const summary = undo
    ? `Take ${component} back from alternating roles`
    : `Give ${component} alternating roles in PostgreSQL`;
  return {
    staticSummary: summary.slice(0, 200),
    staticDetails: commands([
      ['follow', `cnpg-rotate follow ${component} --adoption`],
      ['undo', `cnpg-rotate cancel ${component} --adoption`],
    ]),
    memo: memoOf(start),
  };
}

/** @param components undefined for the whole catalogue. */
export function batchStart({
  components,
  ...start
}: Pick<Start, 'reason' | 'startedBy'> & { readonly components?: readonly string[] }): StartTexts {
  const names = components?.join(', ') ?? 'the whole catalogue';
  return {
    staticSummary: `Rotate the PostgreSQL passwords of ${names}`.slice(0, 200),
    staticDetails: commands([
      ['follow', 'cnpg-rotate follow --batch'],
      ['undo', 'cnpg-rotate cancel --batch'],
    ]),
    memo: memoOf(start),
  };
}

function commands(all: readonly (readonly [what: string, command: string])[]): string {
  return all.map(([what, command]) => `- ${what}: \`${command}\``).join('\n');
}

function memoOf({ reason, startedBy }: Pick<Start, 'reason' | 'startedBy'>): Readonly<Record<string, string>> {
  return { ...(reason !== undefined && { reason }), ...(startedBy !== undefined && { startedBy }) };
}

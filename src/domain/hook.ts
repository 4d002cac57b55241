import { oneLine } from './text/control-characters.ts';

/*
 * The site's own word before the first write of a rotation, an adoption or an undoing: for example, whether a backup of
 * etcd exists. The catalogue of the worker has the hook. A workflow's history has only its label, because an address may
 * hold a secret, and because nobody who may start a workflow may choose what the worker runs.
 */

/** A program of the worker, run without a shell: exit code 0 allows. */
export interface CommandHook {
  readonly kind: 'command';
  /** The program comes first. */
  readonly argv: readonly string[];
}

/** A POST with a JSON body: an answer of 200 to 299 allows. */
export interface WebhookHook {
  readonly kind: 'webhook';
  readonly url: string;
  /** The file on the worker with the bearer token; read anew at each request. */
  readonly tokenFile?: string;
}

export type Hook = CommandHook | WebhookHook;

/** What a workflow knows of a hook. */
export interface HookRef {
  /** `command /opt/backup-exists`, `webhook https://backups.example.org`. */
  readonly label: string;
  /** How long the hook may take. */
  readonly seconds: number;
}

export type HookAction = 'rotate' | 'adopt' | 'undo';

/** What the hook is told: names, never a password. */
export interface HookQuestion {
  readonly action: HookAction;
  readonly component: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly role: string;
  readonly rotation: string;
  readonly workflowId: string;
}

export type HookAnswer =
  | { readonly kind: 'allowed' }
  /** It answered, and its answer is no. The reason is one line, and may hold a password of the component. */
  | { readonly kind: 'refused'; readonly how: string; readonly reason: string }
  /** It gave no answer; `again`: the same question may be answered later. */
  | { readonly kind: 'unanswered'; readonly because: string; readonly again: boolean };

/** A label without arguments, path and query, which may hold a secret. */
export function hookLabel(hook: Hook): string {
  return hook.kind === 'command' ? `command ${hook.argv[0] ?? ''}` : `webhook ${new URL(hook.url).origin}`;
}

/** The question as environment variables: `ROTATION_COMPONENT`, `ROTATION_WORKFLOW_ID`, … */
export function hookEnvironment({ rotation, ...rest }: HookQuestion): Readonly<Record<string, string>> {
  const named = { id: rotation, ...rest };
  return Object.fromEntries(
    Object.entries(named).map(([key, value]) => [
      `ROTATION_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
      value,
    ]),
  );
}

/** The first line of a hook's answer that is not empty, without control characters. */
export function firstLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map(oneLine);
  return lines.find((line) => line !== '') ?? '';
}

const LONGEST_REASON = 300;

/** As much of a hook's reason as a report shows. @param reason without passwords: half a password is not recognized. */
export function shownReason(reason: string): string {
  return reason.slice(0, LONGEST_REASON).replace(/\.$/, '');
}

import { Option, type Command } from 'commander';
import {
  BATCH_WORKFLOW_ID,
  adoptionWorkflowId,
  rotationArguments,
  rotationWorkflowId,
} from '../domain/rotation/workflow-ids.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { workflowIdOption } from './rotation-options.ts';

/** What a command is about: a rotation, unless an option says otherwise. */
export interface KindOptions {
  readonly adoption?: true;
  readonly batch?: true;
  readonly workflowId?: string;
}

export type Kind = 'rotation' | 'adoption' | 'batch';

export interface Named {
  readonly kind: Kind;
  readonly workflowId: string;
  /** Empty for a batch. */
  readonly component: string;
}

export function addKindOptions(command: Command): Command {
  return command
    .argument('[component]', 'the component that is rotated or adopted; none with --batch')
    .addOption(new Option('--adoption', 'the adoption of the component, or its undoing').conflicts('batch'))
    .option('--batch', 'the batch')
    .addOption(workflowIdOption());
}

/** @throws CommandError when the component is missing, or stands beside `--batch`. */
export function named(component: string | undefined, { adoption, batch, workflowId }: KindOptions): Named {
  if (batch === true) {
    if (component !== undefined) throw new CommandError('--batch is about no single component.', EXIT.usage);
    return { kind: 'batch', workflowId: workflowId ?? BATCH_WORKFLOW_ID, component: '' };
  }
  if (component === undefined) throw new CommandError('Name a component, or say --batch.', EXIT.usage);
  return adoption === true
    ? { kind: 'adoption', workflowId: workflowId ?? adoptionWorkflowId(component), component }
    : { kind: 'rotation', workflowId: workflowId ?? rotationWorkflowId(component), component };
}

/** The arguments that name it in another command. */
export function argumentsOf({ kind, workflowId, component }: Named): string {
  if (kind === 'rotation') return rotationArguments(component, workflowId);
  const usual = named(component === '' ? undefined : component, { [kind]: true });
  const words = [component, `--${kind}`];
  return [...words, usual.workflowId === workflowId ? '' : `--workflow-id ${workflowId}`].filter(Boolean).join(' ');
}

/** The text for a person who leaves. */
export function goesOn(one: Named): string {
  const undo = one.kind === 'rotation' ? 'abort' : 'cancel';
  const args = argumentsOf(one);
  return `The ${one.kind} goes on. Follow it with "cnpg-rotate follow ${args}"; undo it with "cnpg-rotate ${undo} ${args}".`;
}

/** Says on stdout what was started, for a command that does not follow it. */
export function sayStarted(one: Named, output: string): void {
  const { workflowId, component } = one;
  const started = component === '' ? { workflowId } : { workflowId, component };
  process.stdout.write(output === 'json' ? `${JSON.stringify(started)}\n` : `Started workflow ${workflowId}.\n`);
}

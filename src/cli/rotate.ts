import { Option, type Command } from 'commander';
import { refuseUnknown } from '../client/known-components.ts';
import { startRotation } from '../client/rotate.ts';
import { STRATEGIES, type Strategy } from '../domain/component.ts';
import { followRotationToEnd } from './follow.ts';
import { sayStarted } from './kinds.ts';
import { outputOption, type OutputFormat } from './print-report.ts';
import { addRotationOptions, detachOption, rotationInput, type RotationOptions } from './rotation-options.ts';
import { addLocalOptions, type LocalOptions } from './stack-options.ts';
import { withTemporal, type Session } from './with-temporal.ts';

interface RotateOptions extends RotationOptions, LocalOptions {
  readonly output: OutputFormat;
  readonly strategy?: Strategy;
  readonly detach?: true;
}

export function addRotateCommand(program: Command): void {
  const command = program
    .command('rotate')
    .description('change the password of one component, and follow it to its end')
    .argument('<component>', 'a component of the catalogue, such as litellm')
    .addOption(new Option('-s, --strategy <name>', 'instead of the one that the catalogue says').choices(STRATEGIES));
  addRotationOptions(command).addOption(outputOption()).addOption(detachOption());
  addLocalOptions(command, 'rotation').action((component: string, options: RotateOptions) =>
    withTemporal((session) => rotate(component, options, session), options),
  );
}

async function rotate(component: string, options: RotateOptions, session: Session): Promise<void> {
  const { strategy, detach, output } = options;
  const input = { component, strategy, ...rotationInput(options) };
  await refuseUnknown(session.client, session.taskQueue, [component]);
  const handle = await startRotation(session.client, session.taskQueue, input);
  if (detach !== true) return followRotationToEnd(session, handle, component, output);
  sayStarted({ kind: 'rotation', workflowId: handle.workflowId, component }, output);
}

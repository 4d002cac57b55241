import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { RotationRef } from '../client/interventions.ts';
import { rotationArguments, rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { visible } from '../domain/text/control-characters.ts';
import { workflowIdOption } from './rotation-options.ts';
import { say } from './say.ts';
import { withTemporal } from './with-temporal.ts';

/** Makes of a command a word to the rotation of its `<component>`, which answers with what happens now. */
export function addIntervention<Options extends { readonly workflowId?: string }>(
  command: Command,
  intervene: (client: Client, rotation: RotationRef, options: Options) => Promise<string>,
): void {
  command.addOption(workflowIdOption()).action((component: string, options: Options) =>
    withTemporal(async ({ client }) => {
      const rotation = { component, workflowId: options.workflowId ?? rotationWorkflowId(component) };
      say(visible(await intervene(client, rotation, options)));
      say(`Follow it with "cnpg-rotate follow ${rotationArguments(component, rotation.workflowId)}".`);
    }),
  );
}

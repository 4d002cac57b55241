import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { RotationRef } from '../client/interventions.ts';
import { rotationArguments, rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { visible } from '../domain/text/control-characters.ts';
import { workflowIdOption } from './rotation-options.ts';
import { say } from './say.ts';
import { withTemporal } from './with-temporal.ts';

interface InterventionOptions {
  readonly workflowId?: string;
  /** The note of "approve". */
  readonly note?: string;
  /** The reason of "abort". */
  readonly reason?: string;
}

/** Makes the command send its update to the rotation of `<component>`, and print what happens now. */
export function addIntervention(
  command: Command,
  intervene: (client: Client, rotation: RotationRef, options: InterventionOptions) => Promise<string>,
): void {
  command.addOption(workflowIdOption()).action((component: string, options: InterventionOptions) =>
    withTemporal(async ({ client }) => {
      const rotation = { component, workflowId: options.workflowId ?? rotationWorkflowId(component) };
      say(visible(await intervene(client, rotation, options)));
      say(`Follow it with "cnpg-rotate follow ${rotationArguments(component, rotation.workflowId)}".`);
    }),
  );
}

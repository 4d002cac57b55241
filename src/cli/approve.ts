import type { Command } from 'commander';
import { connectClient } from '../client/connect.ts';
import { approveRotation } from '../client/interventions.ts';
import { visible } from '../domain/text/control-characters.ts';
import { naming, rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { temporalTarget } from '../temporal/target.ts';
import { plainTextUpTo } from './plain-text.ts';
import { say } from './say.ts';
import { userName } from './user.ts';

interface ApproveOptions {
  readonly note?: string;
  readonly workflowId?: string;
}

export function addApproveCommand(program: Command): void {
  program
    .command('approve')
    .description('let a rotation go on that was started with --require-approval')
    .argument('<component>', 'the component whose rotation waits')
    .option('-n, --note <text>', 'a word on it; goes into the report', plainTextUpTo(500))
    .option('--workflow-id <id>', 'its Workflow Id, when it was started under one of its own')
    .action(approve);
}

async function approve(component: string, { note, workflowId }: ApproveOptions): Promise<void> {
  const client = await connectClient(temporalTarget());
  try {
    const rotation = { component, workflowId: workflowId ?? rotationWorkflowId(component) };
    say(visible(await approveRotation(client, rotation, { by: userName(), note })));
    say(`Follow it with "cnpg-rotate follow ${naming(component, rotation.workflowId)}".`);
  } finally {
    await client.connection.close();
  }
}

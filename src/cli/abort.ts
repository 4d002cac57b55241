import type { Command } from 'commander';
import { connectClient } from '../client/connect.ts';
import { abortRotation } from '../client/interventions.ts';
import { visible } from '../domain/text/control-characters.ts';
import { naming, rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { temporalTarget } from '../temporal/target.ts';
import { plainTextUpTo } from './plain-text.ts';
import { say } from './say.ts';

interface AbortOptions {
  readonly reason?: string;
  readonly workflowId?: string;
}

export function addAbortCommand(program: Command): void {
  program
    .command('abort')
    .description('end a rotation that runs, and bring the previous password back where it was changed')
    .argument('<component>', 'the component whose rotation runs')
    .option('-r, --reason <text>', 'why; goes into the report', plainTextUpTo(500))
    .option('--workflow-id <id>', 'its Workflow Id, when it was started under one of its own')
    .action(abort);
}

async function abort(component: string, { reason, workflowId }: AbortOptions): Promise<void> {
  const client = await connectClient(temporalTarget());
  try {
    const rotation = { component, workflowId: workflowId ?? rotationWorkflowId(component) };
    say(visible(await abortRotation(client, rotation, reason === undefined ? {} : { reason })));
    say(`Follow it with "cnpg-rotate follow ${naming(component, rotation.workflowId)}".`);
  } finally {
    await client.connection.close();
  }
}

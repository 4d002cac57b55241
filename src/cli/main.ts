#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { visible } from '../domain/text/control-characters.ts';
import { RotationError, messageOf } from '../domain/failures.ts';
import { flushTraces } from '../temporal/traces/traces.ts';
import { addAbortCommand } from './abort.ts';
import { addAdoptCommand } from './adopt.ts';
import { addApproveCommand } from './approve.ts';
import { addBatchCommand } from './batch.ts';
import { addCancelCommand } from './cancel.ts';
import { addCheckCommand } from './check.ts';
import { addCompletionCommand } from './completion.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { addFollowCommand } from './follow.ts';
import { addGlobalOptions } from './global-options.ts';
import { addRightsCommand } from './rights.ts';
import { addHistoryCommand, addListCommand } from './history.ts';
import { addRotateCommand } from './rotate.ts';
import { addStatusCommand } from './status.ts';
import { addUpCommand } from './up.ts';

const HELP = `
Temporal is found by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the other standard variables (default localhost:7233),
Kubernetes by KUBECONFIG, the catalogue of components by CNPG_ROTATOR_COMPONENTS, and the Task Queue of the workers by
CNPG_ROTATOR_TASK_QUEUE (default cnpg-rotator).

Exit codes: 0 rotated; 1 refused, failed or rolled back (the old password is valid); 2 wrong command line;
3 needs attention; 4 rotated, and clients still have the old password; 5 Temporal went away, so the outcome is not
known; 130 Ctrl-C (the rotation goes on).`;

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

const program = new Command('cnpg-rotate')
  .description(
    'Rotates PostgreSQL passwords of applications on CloudNativePG, proven at every step, undone when it fails.',
  )
  .version(version())
  .addHelpText('after', HELP)
  .showHelpAfterError('(see cnpg-rotate --help)')
  .exitOverride();
addGlobalOptions(program);
addUpCommand(program);
addRotateCommand(program);
addFollowCommand(program);
addBatchCommand(program);
addApproveCommand(program);
addAbortCommand(program);
addCancelCommand(program);
addCheckCommand(program);
addAdoptCommand(program);
addRightsCommand(program);
addStatusCommand(program);
addHistoryCommand(program);
addListCommand(program);
addCompletionCommand(program);
for (const command of program.commands)
  command.exitOverride().showHelpAfterError(`(see cnpg-rotate ${command.name()} --help)`);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = printError(error);
}
await flushTraces();
// An open connection to Temporal would keep the program alive.
process.stdout.write('', () => process.exit());

/** Prints what went wrong in one message, without a stack. @returns the exit code. */
function printError(error: unknown): number {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const type = error instanceof RotationError ? `${error.type}: ` : '';
  process.stderr.write(`${pc.red(visible(`${type}${messageOf(error)}`))}\n`);
  if (error instanceof CommandError) return error.exitCode;
  if (!(error instanceof RotationError)) return EXIT.failed;
  if (error.type === 'OutOfSight') return EXIT.outOfSight;
  return error.type === 'NeedsAttention' ? EXIT.needsAttention : EXIT.failed;
}

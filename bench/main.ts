import { Command } from 'commander';
import { ensureBuilt } from '../sandbox/common/built.ts';
import { interruptible } from '../sandbox/common/interrupt.ts';
import { addOverheadCommand } from './overhead.ts';
import { addWindowCommand } from './window/command.ts';

const program = new Command('bench').description(
  'Measurements on the real sandbox, which they start where it is not up. They rotate its passwords.',
);
addOverheadCommand(program);
addWindowCommand(program);

try {
  program.hook('preAction', () => interruptible(ensureBuilt));
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// Watches that are cut short may hold the process.
process.exit();

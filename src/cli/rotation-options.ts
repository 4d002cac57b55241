import { Option, type Command } from 'commander';
import { MAX_APPROVAL_SECONDS, MAX_WAIT_FOR_JOBS_SECONDS } from '../domain/budgets.ts';
import type { RotatePasswordInput } from '../domain/rotation/input.ts';
import { countUpTo } from './count-up-to.ts';
import { plainTextUpTo } from './plain-text.ts';
import { startedBy } from './user.ts';

/** The options that "rotate" and "batch" share for each rotation. `addRotationOptions` adds them. */
export interface RotationOptions {
  readonly reason?: string;
  readonly endOldSessions?: true;
  readonly requireApproval?: true;
  readonly approvalTimeout?: number;
  readonly waitForJobs?: number;
}

export function addRotationOptions(command: Command): Command {
  return command
    .addOption(reasonOption())
    .option('--end-old-sessions', 'end the sessions that logged in with the old password')
    .option('--require-approval', 'each rotation waits for "cnpg-rotate approve" before it changes anything')
    .option(
      '--approval-timeout <seconds>',
      'how long a rotation waits for it (default: 24 hours)',
      countUpTo(MAX_APPROVAL_SECONDS),
    )
    .option(
      '--wait-for-jobs <seconds>',
      'how long a rotation waits for running Jobs that read the Secrets, 0: not at all (default: 120)',
      countUpTo(MAX_WAIT_FOR_JOBS_SECONDS, 0),
    );
}

/** The options as the workflow takes them. */
export function rotationInput(options: RotationOptions): Omit<RotatePasswordInput, 'component'> {
  const { reason, endOldSessions, requireApproval } = options;
  const { approvalTimeout: approvalTimeoutSeconds, waitForJobs: waitForJobsSeconds } = options;
  const limits = { approvalTimeoutSeconds, waitForJobsSeconds };
  return { reason, endOldSessions, requireApproval, ...limits, startedBy: startedBy() };
}

export function reasonOption(): Option {
  return new Option('-r, --reason <text>', 'why; goes into the report').argParser(plainTextUpTo(500));
}

export function workflowIdOption(): Option {
  return new Option('--workflow-id <id>', 'its Workflow Id, when it was started under one of its own');
}

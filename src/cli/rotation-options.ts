import { Option, type Command } from 'commander';
import {
  BUDGET_SECONDS,
  MAX_APPROVAL_SECONDS,
  MAX_WAIT_FOR_JOBS_SECONDS,
  MAX_WATCH_SECONDS,
} from '../domain/budgets.ts';
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
  readonly strict?: true;
  readonly watchSeconds?: number;
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
    )
    .addOption(strictOption())
    .option(
      '--watch-seconds <seconds>',
      `how long to look who is still refused, after the proof (default: ${BUDGET_SECONDS.watch})`,
      countUpTo(MAX_WATCH_SECONDS, 0),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 rotated; 1 nothing was changed, or it was rolled back; 3 somebody must look; 4 rotated, and clients still have the old password. 3 comes before 4, and 4 before 1.',
    );
}

/** The options as the workflow takes them. */
export function rotationInput(options: RotationOptions): Omit<RotatePasswordInput, 'component'> {
  const { reason, endOldSessions, requireApproval } = options;
  const { strict, watchSeconds } = options;
  const { approvalTimeout: approvalTimeoutSeconds, waitForJobs: waitForJobsSeconds } = options;
  const limits = { approvalTimeoutSeconds, waitForJobsSeconds, strict, watchSeconds };
  return { reason, endOldSessions, requireApproval, ...limits, startedBy: startedBy() };
}

export function strictOption(): Option {
  return new Option('--strict', 'a client that the rotation does not know blocks it, instead of a warning');
}

export function reasonOption(): Option {
  return new Option('-r, --reason <text>', 'why; goes into the report').argParser(plainTextUpTo(500));
}

export function detachOption(): Option {
  return new Option('-d, --detach', 'start it and do not follow it').conflicts('local');
}

export function workflowIdOption(): Option {
  return new Option('--workflow-id <id>', 'its Workflow Id, when it was started under one of its own');
}

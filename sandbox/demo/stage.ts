import type { Client } from '@temporalio/client';
import type { GitOps } from '../gitops/gitops.ts';
import type { Logins } from './logins.ts';

/** Everything that is up while the passwords are rotated. */
export interface Stage {
  readonly client: Client;
  readonly logins: Logins;
  /** Where the passwords are changed in Git. */
  readonly gitops?: GitOps;
  /** Names what ended by itself, which nothing of it should. */
  readonly died: Promise<string>;
  /** Where to look around. */
  readonly addresses: { readonly webUi: string; readonly temporal: string; readonly kubeconfig: string };
}

import type { PasswordLost, ProvenOn, PublishResult } from '../activities/types/index.ts';
import { LOST_AT_MOST } from '../domain/budgets.ts';
import type { PasswordChange } from '../domain/rotation/handover.ts';
import { applyPassword, writeSecrets, type Runbook } from './runbook-steps.ts';
import * as describe from './describe.ts';

/**
 * The passwords that a handover has set. A failover can lose them after their proof, and then the handover sets them
 * again by the same steps.
 */
export class KeptPasswords {
  readonly #set: { readonly change: PasswordChange; readonly published: PublishResult; appliedAt: string }[] = [];
  #primary: string | undefined;
  #lost = 0;

  constructor(private readonly runbook: Runbook) {}

  /** PostgreSQL's clock at the proof of the first password. */
  get appliedAt(): string {
    return this.#set[0]?.appliedAt ?? new Date().toISOString();
  }

  async set(change: PasswordChange, published: PublishResult): Promise<void> {
    const { primary, appliedAt } = await applyPassword(this.runbook, change, published);
    this.#primary = primary;
    this.#set.push({ change, published, appliedAt });
  }

  /** Lets a login role in, or locks a login role out, by the verifier in the role's own Secret. */
  async writeAndSet(change: PasswordChange): Promise<void> {
    const published = await writeSecrets(this.runbook, change);
    // On the way back a role that was never locked out can still log in.
    if (published.touched) await this.set(change, published);
  }

  /** Takes a step, and takes the step again with the passwords set again while the step finds them lost. */
  async during<T extends object>(step: (proven: ProvenOn | undefined) => Promise<T | PasswordLost>): Promise<T> {
    for (;;) {
      const result = await step(this.#proven());
      if (!('lost' in result)) return result;
      this.#lost += 1;
      this.runbook.logbook.warn(describe.passwordLost(result));
      for (const one of this.#set) {
        const { primary, appliedAt } = await applyPassword(this.runbook, one.change, one.published);
        this.#primary = primary;
        one.appliedAt = appliedAt;
      }
    }
  }

  /** Undefined where a lost password ends the step as a failure. */
  #proven(): ProvenOn | undefined {
    const [first] = this.#set;
    if (first === undefined || this.#primary === undefined || this.#lost >= LOST_AT_MOST) return undefined;
    return { primary: this.#primary, login: first.change.proof.accepted };
  }
}

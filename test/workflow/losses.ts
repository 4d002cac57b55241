import type { PasswordLost, ProvenOn } from '../../src/activities/types/index.ts';

/** Steps that find a password lost by a failover. */
export class Losses {
  /** Whose login each restart and each verify would miss. */
  readonly provenOn: (string | undefined)[] = [];

  /** @param left the steps that find a loss, one after the other. */
  constructor(private readonly left: ('restart' | 'verify')[] = []) {}

  or<T>(step: 'restart' | 'verify', proven: ProvenOn | undefined, result: T): T | PasswordLost {
    this.provenOn.push(proven?.login.role);
    if (proven === undefined || this.left[0] !== step) return result;
    this.left.shift();
    return { lost: { primary: 'litellm-postgresql-2', before: proven.primary, because: 'PostgreSQL refuses it' } };
  }
}

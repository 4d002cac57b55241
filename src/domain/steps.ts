/*
 * One rotation, in place.
 *
 *   preflight ──▶ stage ──▶ (approve) ──▶ (wait) ──▶ publish ──▶ sync ──▶ restart ──▶ verify ──▶ watch ──▶ finish ──▶ rotated
 *       │           │           │           │           │          │ budget
 *       │           │           │ time over │           │          │ missed
 *       │           │           │           │           │          ▼
 *       │           │           │           │           │      emergency ──▶ (restart)
 *       ▼           ▼           ▼           ▼           │          │            │          │
 *   unchanged ◀─────┴───────────┴───────────┘           └──────────┴─────┬──────┴──────────┘
 *       any failure, cancelled or aborted                                ▼ any failure, cancelled or aborted
 *                                                 the same steps with the previous credential
 *                                                        │                      │
 *                                                        ▼                      ▼ that failed too
 *                                                   rolled-back           needs-attention (staging Secret kept)
 *
 * Where the catalogue has a hook, `hook` comes between `preflight` and `stage`, and its failures end as unchanged.
 *
 * Where CNPG generates the password (`mode: generate`, CNPG 1.31), `generate` comes before `publish`, which then writes
 * the other Secrets. From CNPG's answer on there is no way back: every failure leads to the same steps once more, and
 * these end as rotated or as needs-attention.
 *
 * With alternating roles the password changes around the restart, not before it. Failures lead to the same ends:
 *
 *   preflight ──▶ stage ──▶ (approve) ──▶ prepare ──▶ sync ──▶ (reassign) ──▶ publish ──▶ restart ──▶ (wait) ──▶ drain ──▶ retire ──▶ sync ──▶ verify ──▶ watch ──▶ finish
 *                                            └ the idle role can log in ┘                                     └ the other cannot any more ┘
 */

/**
 * The names of the steps. src/workflows/rotate-password.ts and src/workflows/runbooks.ts take the steps in their order.
 */
export type Step =
  | 'preflight'
  /** Only where the catalogue has a hook: asks the hook before anything is written, and once more after an approval. */
  | 'hook'
  | 'stage'
  /** Only when the input asks for an approval. */
  | 'approve'
  /** Only when Jobs run that read the Secrets: in place before `publish`, with alternating roles before `drain`. */
  | 'wait'
  /** Only with alternating roles: lets the idle role in. */
  | 'prepare'
  /** Only where a login role owns objects: gives them to the owner, before the application moves. */
  | 'reassign'
  /** Only where CNPG generates the password: asks CNPG for another one, or takes the request back. */
  | 'generate'
  | 'publish'
  /** With alternating roles after `prepare` and after `retire`. */
  | 'sync'
  /** Only when CNPG misses the budget of `sync`. */
  | 'emergency'
  | 'restart'
  /** Only with alternating roles, like `retire`. `retire` locks the other role out. */
  | 'drain'
  | 'retire'
  | 'verify'
  /** Looks who is still refused. Only on the way forward, and only reported. */
  | 'watch'
  | 'finish'
  /** Only in an adoption: `split` before `stage`, `declare` after it, `withdraw` on the way back and in an undoing. */
  | 'split'
  | 'declare'
  | 'withdraw';

/** What a step does, for the list of events in the Web UI. */
export const STEP_PURPOSE = {
  preflight: 'look at everything; change nothing',
  stage: 'keep both credentials, and lock the component',
  hook: "ask the site's own hook",
  approve: 'wait for an approval',
  wait: 'wait for running Jobs with the old password',
  prepare: 'let the idle role log in with the new password',
  reassign: "give the login role's objects to the owner",
  generate: 'ask CNPG for another password',
  publish: 'write the password into the Secrets',
  sync: 'wait for CNPG, and prove it by logins',
  emergency: 'set the password by ALTER USER',
  restart: 'restart the workloads, and see their new pods ready',
  drain: 'wait for the sessions of the old role',
  retire: 'lock the old role out',
  verify: 'prove which password is valid',
  watch: 'look who is still refused',
  finish: 'remove the lock, and write an Event',
  split: "make the login roles' Secrets",
  declare: 'let CNPG make the login roles',
  withdraw: 'let CNPG drop the login roles',
} as const satisfies Record<Step, string>;

/** The staged credential that the steps make valid: `pending` on the way forward, `previous` on the way back. */
export type Target = 'pending' | 'previous';

export function otherTarget(target: Target): Target {
  return target === 'pending' ? 'previous' : 'pending';
}

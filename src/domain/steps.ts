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

/** The staged credential that the steps make valid: `pending` on the way forward, `previous` on the way back. */
export type Target = 'pending' | 'previous';

export function otherTarget(target: Target): Target {
  return target === 'pending' ? 'previous' : 'pending';
}

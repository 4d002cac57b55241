/*
 * One rotation, in place.
 *
 *   preflight ──▶ stage ──▶ (approve) ──▶ publish ──▶ sync ──▶ restart ──▶ verify ──▶ finish ──▶ rotated
 *       │           │           │            │          │ budget
 *       │           │           │ time over  │          │ missed
 *       │           │           │            │          ▼
 *       │           │           │            │      emergency ──▶ (restart)
 *       ▼           ▼           ▼            │          │            │          │
 *   unchanged ◀─────┴───────────┘            └──────────┴─────┬──────┴──────────┘
 *       any failure, cancelled or aborted                     ▼ any failure, cancelled or aborted
 *                                      the same steps with the previous credential
 *                                             │                      │
 *                                             ▼                      ▼ that failed too
 *                                        rolled-back           needs-attention (staging Secret kept)
 *
 * With alternating roles the password changes around the restart instead of before it; what fails leads to the same
 * ends:
 *
 *   preflight ──▶ stage ──▶ (approve) ──▶ prepare ──▶ sync ──▶ publish ──▶ restart ──▶ drain ──▶ retire ──▶ sync ──▶ verify ──▶ finish
 *                                            └ the idle role can log in ┘                          └ the other cannot any more ┘
 */

/**
 * The names of the steps. src/workflows/rotate-password.ts and src/workflows/runbooks.ts take the steps in their order.
 */
export type Step =
  | 'preflight'
  | 'stage'
  /** Only where somebody asked for an approval. */
  | 'approve'
  /** Only with alternating roles: lets the idle role in. */
  | 'prepare'
  | 'publish'
  /** With alternating roles after `prepare` and after `retire`. */
  | 'sync'
  /** Only when CNPG misses the budget of `sync`. */
  | 'emergency'
  | 'restart'
  /** Only with alternating roles, as `retire`, which locks the other role out. */
  | 'drain'
  | 'retire'
  | 'verify'
  | 'finish'
  /** Of an adoption: `split` before `stage`, `declare` after it, `withdraw` on the way back and in an undoing. */
  | 'split'
  | 'declare'
  | 'withdraw';

/** Which of the two staged credentials the steps make true: `pending` on the way, `previous` on the way back. */
export type Target = 'pending' | 'previous';

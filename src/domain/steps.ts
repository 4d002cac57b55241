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
 * The steps of the runbook, in order; `approve` only where it was asked for, `emergency` only when CNPG misses its
 * budget, `prepare`, `drain` and `retire` only with alternating roles, where `sync` comes after the first and the last
 * of them.
 */
export const STEPS = [
  'preflight',
  'stage',
  'approve',
  'prepare',
  'publish',
  'sync',
  'emergency',
  'restart',
  'drain',
  'retire',
  'verify',
  'finish',
] as const;

/** What an adoption does besides: `split` before `stage`, `declare` after it, `withdraw` on the way back and in an undoing. */
export const ADOPTION_STEPS = ['split', 'declare', 'withdraw'] as const;

export type Step = (typeof STEPS)[number] | (typeof ADOPTION_STEPS)[number];

/** Which of the two staged credentials the steps make true: `pending` on the way, `previous` on the way back. */
export type Target = 'pending' | 'previous';

import type { Step } from './steps.ts';

/*
 * Every time limit and retry of a rotation, in one place.
 *
 * The documented timeline of the procedure:
 *   Secret update   0–30 s    (publish)
 *   password sync   0–60 s    (sync)
 *   pod restart    30–120 s   (restart)
 *   total           1–3 min
 */

/** What a step may take by the documented timeline, in seconds. Steps around the timeline have ours. */
export const BUDGET_SECONDS = {
  preflight: 15,
  // Of an adoption: the Secrets of the roles, then CNPG's part, which is that of a sync; and the same on the way back.
  split: 10,
  declare: 60,
  withdraw: 60,
  stage: 10,
  // What a person may take unless the input says otherwise. Nothing is changed while it runs.
  approve: 24 * 3_600,
  // The Secret update of the documented timeline, and of alternating roles' own Secrets.
  prepare: 30,
  publish: 30,
  sync: 60,
  emergency: 30,
  restart: 120,
  // Sessions of the pods that are gone end at once; whoever else still uses the old role gets this long.
  drain: 30,
  retire: 30,
  verify: 15,
  finish: 10,
} as const satisfies Record<Step, number>;

/** Publishing through Git takes a render, a push and Flux's reconcile, in seconds. The documented 30 s are Flux's part of it. */
export const GITOPS_PUBLISH_SECONDS = 120;

/** The longest that a rotation may be told to wait for its approval, in seconds: 7 days. */
export const MAX_APPROVAL_SECONDS = 7 * 24 * 3_600;

/** The whole rotation by the documented timeline, in seconds. */
export const TOTAL_BUDGET_SECONDS = 180;

/** How much longer than its budget a step is tried while the API server or the worker is away, in seconds. */
const OUTAGE_SECONDS = 90;

/** Without a sign of life for so long, an activity is given to another worker. */
const HEARTBEAT_TIMEOUT_SECONDS = 6;
export const HEARTBEAT_INTERVAL_MS = 1_500;

/**
 * A workflow is offered to the worker that has it in memory for so long, then to any. Temporal's own 10 s would come on
 * top of the heartbeats' 6 s each time a worker dies; a worker that is merely busy costs another one a replay.
 */
export const OWN_WORKER_SECONDS = 2;

/** After this part of the sync budget without progress, CNPG is nudged. */
export const NUDGE_AFTER_BUDGET_FRACTION = 0.25;

/** How long Reloader may take to react to a changed Secret before we restart the workload ourselves. It is sub-second when it works. */
export const RELOADER_GRACE_SECONDS = 10;

/** While nothing wakes a waiting step, it looks again by itself after so long: a dropped watch costs no more than this. */
export const LOOK_AGAIN_MS = 2_000;

/** While CNPG says that a password is applied but a login does not show it yet. */
export const LOGIN_AGAIN_MS = 300;

/** While the old role still has sessions. */
export const SESSIONS_AGAIN_MS = 500;

/** How far the clocks of the worker, the node and PostgreSQL may be apart before a moment is taken for another. */
export const CLOCK_TOLERANCE_MS = 1_000;

/**
 * How far the clocks of the worker, the API server and PostgreSQL may be apart before it is said. Less is not seen: the
 * API server tells its time to the second, and an answer may take some.
 */
export const CLOCKS_AGREE_MS = 30_000;

/** Of a login attempt: each of dialling, connecting and a query. */
export const LOGIN_TIMEOUT_MS = 8_000;

/** How long the server may take to close a connection that was told goodbye. */
export const GOODBYE_MS = 1_000;

/** A worker that is told to stop lets its activities end by themselves for so long, then interrupts them; another worker goes on. */
export const SHUTDOWN_GRACE_MS = 3_000;

/** Again within a step, for a request that failed for a reason of the moment: after 0.2, 0.4, 0.8 s. Then the step itself is tried again. */
export const API_RETRIES = { retries: 3, minTimeout: 200, factor: 2 } as const;

/** One call to the Kubernetes API. */
export const API_CALL_TIMEOUT_MS = 10_000;

/** How many rights are asked for at once. */
export const RIGHTS_ASKED_AT_ONCE = 8;

/** Secrets of one page of a list: on a slow line each page has the time of one call. */
export const SECRETS_PER_PAGE = 50;

/** How often a list that grew too old between two pages begins anew. */
export const LISTS_BEGUN_ANEW = 3;

/** A statement of the emergency ALTER USER may wait for a lock: it ends before whoever ran it stops waiting for it. */
export const EMERGENCY_STATEMENT_MS = API_CALL_TIMEOUT_MS - 2_000;

/** A Cluster without a good backup of so many hours is warned about. */
export const RECENT_BACKUP_HOURS = 24;

/** Cloning and decrypting, when it is only to be looked at: within the limit of a diagnosis. */
export const GIT_LOOK_MS = 12_000;

/** How many components are diagnosed at once. */
export const DIAGNOSES_AT_ONCE = 8;

/**
 * Options of a diagnosis. It reads only, and after a failed rotation it stands between the failure and the way back,
 * so it is given up early.
 */
export const DIAGNOSIS_OPTIONS = {
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '45s',
  heartbeatTimeout: `${HEARTBEAT_TIMEOUT_SECONDS}s`,
  retry: { initialInterval: '500ms', maximumAttempts: 3 },
} as const;

/** Options of the activity of a step; the shape is Temporal's `ActivityOptions`. */
export function activityOptions(step: Step, budgetSeconds: number = BUDGET_SECONDS[step]) {
  const limit = budgetSeconds + OUTAGE_SECONDS;
  return {
    summary: `${step}, budget ${budgetSeconds} s`,
    startToCloseTimeout: `${limit}s`,
    scheduleToCloseTimeout: `${limit}s`,
    heartbeatTimeout: `${HEARTBEAT_TIMEOUT_SECONDS}s`,
    // A step that is being cancelled may still write: the way back begins when it has ended.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5s' },
  } as const;
}

/** Reading the catalogue's names, which the worker has in memory. */
export const LIST_COMPONENTS = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5s' },
} as const;

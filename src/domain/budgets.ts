import { STEP_PURPOSE, type Step } from './steps.ts';

/*
 * Every time limit and retry of a rotation, in one place.
 *
 * The documented timeline of the procedure:
 *   Secret update   0–30 s    (publish)
 *   password sync   0–60 s    (sync)
 *   pod restart    30–120 s   (restart)
 *   total           1–3 min
 */

/** The limit of each step in seconds: of the documented timeline, or our own for a step that the timeline lacks. */
export const BUDGET_SECONDS = {
  preflight: 15,
  // The hook before the first write, unless the catalogue has another limit.
  hook: 60,
  // Adoption: `split` makes the Secrets of the roles. `declare` takes as long as a sync, and so does the way back.
  split: 10,
  declare: 60,
  withdraw: 60,
  stage: 10,
  // The longest wait for a person, unless the input has another. Nothing is changed during the wait.
  approve: 24 * 3_600,
  // The documented limit of a Secret update, also for the login roles' own Secrets.
  // The longest wait for running Jobs, unless the catalogue or the input has another. No pod is refused during the wait.
  wait: 120,
  prepare: 30,
  // An object that somebody uses is tried again until then.
  reassign: 30,
  // CNPG writes the Secret that it generates: the same limit.
  generate: 30,
  publish: 30,
  sync: 60,
  emergency: 30,
  restart: 120,
  // Sessions of ended pods end at once. All other sessions of the old role get this long.
  drain: 30,
  retire: 30,
  verify: 15,
  // How long a rotation looks who is still refused. The catalogue and the input may have another time.
  watch: 5,
  finish: 10,
} as const satisfies Record<Step, number>;

/** Seconds for publishing through Git: a render, a push and Flux's reconcile. The documented 30 s are Flux's part. */
export const GITOPS_PUBLISH_SECONDS = 120;

/** Flux tries the next revision so soon after it has given up the health of the earlier one. */
const AFTER_HEALTH_CHECK_SECONDS = 60;

/**
 * The seconds for publishing through Kustomizations that may hold on to an earlier revision for so long each. They hold
 * at once, so the longest counts.
 * @returns undefined where the usual seconds are enough.
 */
export function longerGitOpsPublish(heldSeconds: readonly number[]): number | undefined {
  const seconds = Math.max(0, ...heldSeconds) + AFTER_HEALTH_CHECK_SECONDS;
  return heldSeconds.length > 0 && seconds > GITOPS_PUBLISH_SECONDS ? Math.ceil(seconds) : undefined;
}

/**
 * Where fewer pods were ready than wanted before the rotation, the restart waits so long for more: an old pod that was
 * well may be on its way out, and a new one may come up that nobody expected.
 */
export const BASELINE_SECONDS = 20;

/**
 * So long a new pod gets for its first login, where its workload was not seen to keep sessions before. A pod without a
 * readiness probe is ready as soon as its program runs. Behind a Pooler no login of a pod can be seen, so the wait is short.
 */
export const FIRST_LOGIN_SECONDS = { seen: 10, behindPoolers: 3 } as const;

/** So long one look samples who is logged in, and so often, in milliseconds. Many clients are logged in for some 5 ms. */
export const SAMPLE_MS = { whole: 1_000, each: 10 } as const;

/** PostgreSQL's log is read from so many seconds before the Secrets changed: who was refused then is refused anyway. */
export const REFUSED_BEFORE_SECONDS = 60;

/**
 * So long after a request for a generated password was withdrawn, its Secret is looked at once more, in milliseconds:
 * CNPG's operator may have read the request a moment before.
 */
export const WITHDRAWN_MS = 3_000;

/** The look after `watchSeconds` reads PostgreSQL's log and the pods once more. */
export const LAST_LOOK_SECONDS = 10;

/** Reflector and replicator copy a changed Secret within seconds; whoever looks once a minute gets the minute. */
export const COPIES_SECONDS = 90;

/** The longest wait for an approval that an input may ask for, in seconds: 7 days. */
export const MAX_APPROVAL_SECONDS = 7 * 24 * 3_600;

/** The longest look at who is still refused, in seconds. */
export const MAX_WATCH_SECONDS = 3_600;

/** So many addresses are matched to pods of other namespaces. Each costs one call of the API. */
export const MAX_ADDRESSES_LOOKED_UP = 30;

/** The longest wait for running Jobs that an input or the catalogue may ask for, in seconds: a day. */
export const MAX_WAIT_FOR_JOBS_SECONDS = 24 * 3_600;

/** The longest limit of a hook that the catalogue may have, in seconds: an hour, for a hook that makes a backup. */
export const MAX_HOOK_SECONDS = 3_600;

/** The pause before a hook that could not be reached is asked again. */
export const HOOK_AGAIN_MS = 2_000;

/** So often a handover sets a password again that a failover has lost. Then the loss is a failure. */
export const LOST_AT_MOST = 3;

/** The whole rotation by the documented timeline, in seconds. */
export const TOTAL_BUDGET_SECONDS = 180;

/**
 * While the API server is away, a step is retried for so many seconds beyond its budget. Then it ends with its failure.
 * Only time in which a worker works on the step counts, and the pauses between its attempts.
 */
export const OUTAGE_SECONDS = 90;

/** The pauses between the attempts of a step, in milliseconds. */
export const STEP_RETRY = { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 5_000 } as const;

/**
 * Temporal's own limits of a step. They never decide: they count time in which no worker ran, by another machine's
 * clock. The activity itself ends a step whose time is spent, and the heartbeats show a dead worker.
 */
const NO_LIMIT = '30 days';

/**
 * On the way back a step that failed for a reason that may pass is taken again, until so much work is spent on it. An
 * application without its password is worse than a rotation that runs for a day, and a person can end it sooner.
 */
export const WAY_BACK_HOURS = 24;

/** The pauses between the rounds of a step on the way back, in seconds: each is twice the one before it. */
export const WAY_BACK_PAUSE = { first: 5, longest: 120 } as const;

/** When an activity sends no heartbeat for so long, Temporal gives it to another worker. */
const HEARTBEAT_TIMEOUT_SECONDS = 6;
export const HEARTBEAT_INTERVAL_MS = 1_500;

/**
 * Temporal offers a workflow for so long to the worker that has it in memory, then to any worker. Temporal's own 10 s
 * would add to the heartbeats' 6 s when a worker dies. When a worker is only busy, another worker pays for a replay.
 */
export const OWN_WORKER_SECONDS = 2;

/** CNPG is nudged when this part of the sync budget has passed without progress. */
export const NUDGE_AFTER_BUDGET_FRACTION = 0.25;

/** Reloader may take so long after a Secret change before we restart the workload. It normally needs under 1 s. */
export const RELOADER_GRACE_SECONDS = 10;

/** The longest `restartSeconds` that the catalogue may have: 1 day. */
export const MAX_RESTART_SECONDS = 24 * 3_600;

/** The longest usual time from the making of a pod until its containers start: scheduling, volumes, the image. */
export const POD_START_SECONDS = 30;

/** A waiting step looks again after so long without an event, so a dropped watch costs no more than this. */
export const LOOK_AGAIN_MS = 2_000;

/** The pause between two logins while CNPG reports an applied password and the login still fails. */
export const LOGIN_AGAIN_MS = 300;

/**
 * Beyond PgBouncer's own `server_login_retry` (15 s by default), in which PgBouncer answers from a failure that it
 * remembers: for the login at PostgreSQL that follows.
 */
export const POOLER_MARGIN_SECONDS = 5;

/** The longest wait for a Pooler, whatever its `server_login_retry`: a step that takes longer is taken to hang. */
export const MAX_POOLER_SECONDS = 90;

/** The pause between two looks while the old role still has sessions. */
export const SESSIONS_AGAIN_MS = 500;

/** The clocks of the worker, the node and PostgreSQL may differ by so much: proofs allow for this. */
export const CLOCK_TOLERANCE_MS = 1_000;

/**
 * Preflight warns when the clocks of the worker, the API server and PostgreSQL differ by more. A smaller difference is
 * not visible: the API server shows its time in whole seconds, and an answer takes a while.
 */
export const CLOCKS_AGREE_MS = 30_000;

/** For each part of a login attempt: dialling, connecting and a query. */
export const LOGIN_TIMEOUT_MS = 8_000;

/** How long the server may take to close a connection after our goodbye. */
export const GOODBYE_MS = 1_000;

/** A stopping worker waits so long for its activities, then it interrupts them; another worker goes on. */
export const SHUTDOWN_GRACE_MS = 3_000;

/** The time limit of a command's look at the workers' keys. */
export const WORKERS_KEYS_MS = 5_000;

/** A process that ends waits so long until its traces are exported. */
export const TRACES_FLUSH_MS = 5_000;

/** Retries of one request within a step, after 0.2, 0.4 and 0.8 s, for passing errors. Then the step is retried. */
export const API_RETRIES = { retries: 3, minTimeout: 200, factor: 2 } as const;

/** One call to the Kubernetes API. */
export const API_CALL_TIMEOUT_MS = 10_000;

/**
 * A script of psql in an instance's pod, for what an adoption reads and changes: each database is asked, and a busy node
 * starts a process late.
 */
export const SCRIPT_ON_PRIMARY_MS = 30_000;

/** `ALTER … OWNER TO` locks the object. Whoever uses the object waits behind our wait, so our wait is short. */
export const GIVE_BACK_LOCK_MS = 1_000;

/** A long transaction may use every table, as pg_dump does. After so many waits a round does not wait for the others. */
export const GIVE_BACK_WAITS = 3;

/** So long a round of giving back goes on: of many objects, the next round gives the others. */
export const GIVE_BACK_ROUND_MS = 10_000;

/** How many rights one check asks for at the same time. */
export const RIGHTS_ASKED_AT_ONCE = 8;

/** The Secrets on one page of a list: on a slow line each page may take the time of one call. */
export const SECRETS_PER_PAGE = 50;

/** How often a list starts again because it became too old between two pages. */
export const LISTS_BEGUN_ANEW = 3;

/**
 * The emergency ALTER USER may wait for a lock. It has to end before its caller stops waiting: so long after a look at
 * PostgreSQL's clock it refuses to be committed.
 */
export const EMERGENCY_STATEMENT_MS = API_CALL_TIMEOUT_MS - 2_000;

/** Preflight warns of a Cluster whose last good backup is older than so many hours. */
export const RECENT_BACKUP_HOURS = 24;

/** The limit of cloning and decrypting for a look only; shorter than the limit of a diagnosis. */
export const GIT_LOOK_MS = 12_000;

/** How many components are diagnosed at once. */
export const DIAGNOSES_AT_ONCE = 8;

/**
 * Options of a diagnosis. A diagnosis only reads. After a failed rotation it delays the way back, so it has a short
 * limit.
 */
export const DIAGNOSIS_OPTIONS = {
  summary: 'Look, and change nothing',
  startToCloseTimeout: '20s',
  heartbeatTimeout: `${HEARTBEAT_TIMEOUT_SECONDS}s`,
  retry: { initialInterval: '500ms', maximumAttempts: 3 },
} as const;

/** Options of the activity of a step; the shape is Temporal's `ActivityOptions`. */
export function activityOptions(step: Step, budgetSeconds: number = BUDGET_SECONDS[step]) {
  return {
    summary: `${step}, budget ${budgetSeconds} s: ${STEP_PURPOSE[step]}`,
    startToCloseTimeout: NO_LIMIT,
    scheduleToCloseTimeout: NO_LIMIT,
    heartbeatTimeout: `${HEARTBEAT_TIMEOUT_SECONDS}s`,
    // A cancelled step may still write: the way back begins when the step has ended.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: STEP_RETRY,
  } as const;
}

/** For reading the catalogue's names. The worker has them in memory. */
export const LIST_COMPONENTS = {
  summary: "Read the names in the worker's catalogue",
  startToCloseTimeout: '10s',
  retry: STEP_RETRY,
} as const;

/** Components that a worker looks at side by side for its metrics. */
export const MONITORING_AT_ONCE = 10;

/**
 * The pause between two looks for the metrics. A component costs two reads of Secrets, and 0.1 s keeps a worker below
 * 20 reads a second, however large the catalogue is.
 */
export function monitoringPauseMs(components: number): number {
  return Math.max(15_000, components * 100);
}

/** Upper bounds in seconds: of a step's and a rotation's documented time, and of what large workloads need. */
const SECONDS_BUCKETS = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 1_800, 3_600];
export const METRIC_BUCKETS: Record<string, number[]> = {
  cnpg_rotator_rotation_seconds: SECONDS_BUCKETS,
  cnpg_rotator_step_seconds: SECONDS_BUCKETS,
  cnpg_rotator_window_seconds: SECONDS_BUCKETS,
  cnpg_rotator_adoption_seconds: SECONDS_BUCKETS,
};

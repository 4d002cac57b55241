/* How long the runner of worlds waits for what it set up. */

export const LOOK_AGAIN_MS = 100;
export const SET_UP_SECONDS = 180;
/** A Cluster whose role's Secret CNPG refuses is never settled, which may be what the world is about. */
export const SETTLE_SECONDS = 6;
/** Pods that were just restarted print their first line so soon. */
export const LOGIN_SECONDS = 5;

/** Between two looks whether a workflow is in the step in which it is terminated, in milliseconds. */
export const LOOK_AT_STEP_MS = 20;

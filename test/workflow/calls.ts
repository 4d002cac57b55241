/* The calls of activities that a rotation makes, in their order, as `StubActivities` notes them. */

/** The calls of a rotation that goes well, and of the way back. */
export const FORWARD = [
  'preflight',
  'stage',
  'publish pending',
  'sync pending',
  'restart pending',
  'verify pending',
  'watch',
  'finish',
];
export const BACK = ['publish previous', 'sync previous', 'restart previous', 'verify previous', 'finish'];

/** The same with two login roles. */
export const TAKE_OVER = [
  'preflight',
  'stage',
  'publish pending incoming',
  'sync pending incoming',
  'publish pending',
  'restart pending',
  'drain pending',
  'publish pending outgoing',
  'sync pending outgoing',
  'verify pending',
  'watch',
  'finish',
];
/** The way back after the application was switched, and before the other role was locked out. */
export const HAND_BACK = [
  'publish previous incoming',
  'publish previous',
  'restart previous',
  'drain previous',
  'publish previous outgoing',
  'sync previous outgoing',
  'verify previous',
  'finish',
];

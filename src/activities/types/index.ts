/* The activities as a workflow sees them, and their inputs and results. */
export type * from './activities.ts';
export type * from './adoption.ts';
export type * from './before.ts';
export type * from './change.ts';
export type * from './end.ts';
export type * from './input.ts';
export type * from './pods.ts';

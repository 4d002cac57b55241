export * from './errors.ts';
export * from './faults.ts';
export { createStore } from './store.ts';
export type * from './objects.ts';
export type * from './runtime.ts';
export type * from './server-types.ts';
export { startApiServer } from './server.ts';
export type * from './store-types.ts';

export type { ApiFaults, ApiServer, Store } from './api/index.ts';
export type { Behaviour } from './behaviour.ts';
export { FOLDER_PREFIX } from './folder.ts';
export { POSTGRES_IMAGE } from './manifests.ts';
export { EmbeddedSandbox, type EmbeddedSandboxOptions } from './sandbox.ts';

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

/* Run by `npm run build`: bundles the workflows once, so that a worker starts without webpack. */

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
const { code } = await bundleWorkflowCode({ workflowsPath: here('./workflows/index.js'), logger: silent });
writeFileSync(here('./workflow-bundle.js'), code);

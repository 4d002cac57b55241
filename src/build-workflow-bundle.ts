import { writeFileSync } from 'node:fs';
import { bundleWorkflowCode } from '@temporalio/worker';
import { BUNDLES } from './temporal/workflow-code.ts';

/* Run by `npm run build`: bundles the workflows once, so that a worker starts without webpack. */

for (const { file, options } of Object.values(BUNDLES)) writeFileSync(file, (await bundleWorkflowCode(options)).code);

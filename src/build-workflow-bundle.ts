import { writeFileSync } from 'node:fs';
import { bundleWorkflowCode } from '@temporalio/worker';
import { BUNDLE, BUNDLE_OPTIONS } from './temporal/workflow-code.ts';

/* Run by `npm run build`: bundles the workflows once, so that a worker starts without webpack. */

const { code } = await bundleWorkflowCode(BUNDLE_OPTIONS);
writeFileSync(BUNDLE, code);

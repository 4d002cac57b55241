import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Jest's global setup: the workflows are bundled once for a run, and not in each file of its tests. */
export default async function bundleOnce() {
  const workflows = (name) => fileURLToPath(new URL(`../../src/workflows/${name}.ts`, import.meta.url));
  // The options of src/temporal/workflow-code.ts.
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflows('index'),
    failureConverterPath: workflows('failure-converter'),
    logger: new DefaultLogger('ERROR'),
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'workflow-bundle.js');
  writeFileSync(file, code);
  // What Jest starts for the tests has this process' environment.
  process.env.WORKFLOW_BUNDLE_UNDER_TEST = file;
}

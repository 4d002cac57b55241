import { existsSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, type WorkerOptions } from '@temporalio/worker';
import { BUNDLES } from '../../src/temporal/workflow-code.ts';
import { bundledWorkflows } from './harness.ts';

/** What is otherwise about a worker that exports traces: its workflows, bundled once for a run. */
export async function tracingWorker(): Promise<Required<Pick<WorkerOptions, 'workflowBundle' | 'sinks'>>> {
  const plain = bundledWorkflows();
  const codePath = path.join('codePath' in plain ? path.dirname(plain.codePath) : '', 'traced.js');
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode(BUNDLES.traced.options);
    // Another file's tests may do the same.
    const own = `${codePath}.${process.pid}`;
    writeFileSync(own, code);
    renameSync(own, codePath);
  }
  return { workflowBundle: { codePath }, sinks: { exporter: { export: { fn: () => undefined } } } };
}

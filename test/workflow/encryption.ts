import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WorkerOptions } from '@temporalio/worker';
import { workerIdentity } from '../../src/temporal/foreign-workers.ts';
import { dataConverter } from '../../src/temporal/payloads/data-converter.ts';
import type { PayloadKey } from '../../src/temporal/payloads/payload-keys.ts';
import { encrypting } from '../../src/temporal/workflow-code.ts';
import { KUBERNETES } from '../harness/examples.ts';
import { bundledWorkflows } from './harness.ts';

/** A key whose bytes are all the same. */
export function exampleKey(id: string, byte = 7): PayloadKey {
  return { id, key: createSecretKey(Buffer.alloc(32, byte)) };
}

/** What is otherwise about a worker that encrypts. */
export function encryptingWorker(key = exampleKey('2026-11')) {
  const bundle = bundledWorkflows();
  const code = 'codePath' in bundle ? readFileSync(bundle.codePath, 'utf8') : bundle.code;
  return {
    identity: workerIdentity(KUBERNETES.uid, key.id),
    workflowBundle: { code: encrypting(code) },
    dataConverter: dataConverter([key]),
  } satisfies Partial<WorkerOptions>;
}

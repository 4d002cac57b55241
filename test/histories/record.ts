import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { execa } from 'execa';
import { findTemporalCli } from '../../src/temporal/dev-server/executable.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import bundleOnce from '../workflow/bundle-once.js';
import { WorkflowHarness } from '../workflow/harness.ts';
import { StubActivities } from '../workflow/stub-activities.ts';

/* Records the histories of this folder; see README.md. */

const stubs = (options: Partial<Pick<StubActivities, 'cnpgSyncs' | 'searchAttributesAvailable' | 'alternating' | 'retired'>> = {}): StubActivities =>
  Object.assign(new StubActivities(), options);

/** The activities of a rotation whose input is the component alone. */
const ENDINGS: Readonly<Record<string, StubActivities>> = {
  rotated: stubs({ searchAttributesAvailable: true }),
  'rotated-by-emergency': stubs({ cnpgSyncs: false }),
  'rolled-back': stubs().fail('restart', { type: 'RolloutIncomplete', target: 'pending' }),
  'needs-attention': stubs().fail('verify', { type: 'SecretChanged' }),
  'alternated-back': stubs({ alternating: true, retired: true }).fail('verify', {
    type: 'OldPasswordAccepted',
    target: 'pending',
  }),
};

await bundleOnce();
const environment = await createLocalEnvironment();
const harness = new WorkflowHarness(environment);
await harness.start();
await ensureSearchAttributes(environment.connection.operatorService, 'default');

async function record(name: string, handle: WorkflowHandle): Promise<void> {
  await handle.result().catch(() => undefined);
  const file = fileURLToPath(new URL(`${name}.json`, import.meta.url));
  const show = ['workflow', 'show', '--workflow-id', handle.workflowId, '--output', 'json'];
  const { stdout } = await execa(await findTemporalCli(), [...show, '--address', environment.address]);
  // Where the sources lie concerns nobody, and a replay does not read it.
  const text = stdout.replaceAll(/(\(| at (?:async )?)\/[^():"]*?\/(?=(?:src|test|node_modules)\/)/g, '$1');
  const { events } = JSON.parse(text) as { readonly events: readonly unknown[] };
  // One event a line, so that a diff shows which event changed.
  writeFileSync(file, `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`);
}

/** A rotation that waits for its approval. */
async function waiting(): Promise<WorkflowHandle> {
  const handle = await harness.begin(stubs(), { component: 'litellm', requireApproval: true });
  while ((await handle.query<RotationReport>('progress')).steps.at(-1)?.step !== 'approve') await sleep(50);
  return handle;
}

for (const [ending, activities] of Object.entries(ENDINGS)) await record(ending, await harness.begin(activities));

const approved = await waiting();
await approved.executeUpdate('approve', { args: [{ by: 'alice' }] });
await record('approved', approved);

await record('batch', await harness.beginBatch(stubs().fail('preflight', { component: 'obot', type: 'ClusterAbsent' })));

const adoption = (activities: StubActivities, undo = false): Promise<WorkflowHandle> =>
  harness.beginAdoption(activities, { component: 'litellm', undo }, `adopt-${randomUUID()}`);
await record('adopted', await adoption(stubs()));
await record('adoption-undone', await adoption(stubs(), true));

await harness.stop();
await environment.teardown();

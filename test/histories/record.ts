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

/* Records the histories of this folder, or those that the arguments name; see README.md. */

const NAMED = process.argv.slice(2);

type Chosen = 'cnpgSyncs' | 'searchAttributesAvailable' | 'alternating' | 'retired' | 'reassigns';

const stubs = (options: Partial<Pick<StubActivities, Chosen>> = {}): StubActivities =>
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
  'alternated-reassigned': stubs({ alternating: true, reassigns: true }),
};

await bundleOnce();
const environment = await createLocalEnvironment();
const harness = new WorkflowHarness(environment);
await harness.start();
await ensureSearchAttributes(environment.connection.operatorService, 'default');

async function record(name: string, begin: () => Promise<WorkflowHandle>): Promise<void> {
  if (NAMED.length > 0 && !NAMED.includes(name)) return;
  const handle = await begin();
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

/** A rotation that waits for its approval, and gets it. */
async function approved(): Promise<WorkflowHandle> {
  const handle = await harness.begin(stubs(), { component: 'litellm', requireApproval: true });
  while ((await handle.query<RotationReport>('progress')).steps.at(-1)?.step !== 'approve') await sleep(50);
  await handle.executeUpdate('approve', { args: [{ by: 'alice' }] });
  return handle;
}

const adoption = (activities: StubActivities, undo = false): Promise<WorkflowHandle> =>
  harness.beginAdoption(activities, { component: 'litellm', undo }, `adopt-${randomUUID()}`);

for (const [ending, activities] of Object.entries(ENDINGS)) await record(ending, () => harness.begin(activities));
await record('approved', approved);
await record('batch', () => harness.beginBatch(stubs().fail('preflight', { component: 'obot', type: 'ClusterAbsent' })));
await record('adopted', () => adoption(stubs()));
await record('adoption-undone', () => adoption(stubs(), true));

await harness.stop();
await environment.teardown();

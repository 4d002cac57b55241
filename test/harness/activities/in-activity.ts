import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

/** Runs what belongs into an activity, which logs and heartbeats by the activity's context. */
export function inActivity<T>(run: () => Promise<T>): Promise<T> {
  return environment.run(run);
}

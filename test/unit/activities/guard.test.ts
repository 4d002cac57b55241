import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { guard } from '../../../src/activities/guard.ts';
import type { StepClock } from '../../../src/activities/proof/step-clock.ts';
import { RotationError } from '../../../src/domain/failures.ts';
import type { WorkedTime } from '../../../src/domain/proofs/worked-time.ts';

const BUDGET_SECONDS = 60;
const AWAY = new RotationError('KubernetesUnavailable', 'the API server does not answer');
const FOREVER = new Promise<never>(() => undefined);

/** Runs one attempt of a step, of which so much was worked before. */
async function attempt(body: (clock: StepClock) => Promise<unknown>, before?: WorkedTime, number = 1) {
  const logger = new DefaultLogger('ERROR', () => undefined);
  const environment = new MockActivityEnvironment({ heartbeatDetails: before, attempt: number }, { logger });
  const heartbeats: WorkedTime[] = [];
  environment.on('heartbeat', (details: WorkedTime) => heartbeats.push(details));
  const ended = await environment
    .run(() => guard(BUDGET_SECONDS, body))
    .catch(
      (error: unknown) => error as { readonly type: string; readonly message: string; readonly nonRetryable: boolean },
    );
  return { ended, heartbeats };
}

const worked = (spentMs: number): WorkedTime => ({ spentMs, renewedAtMs: 0 });

describe('an attempt of a step', () => {
  it('goes on with the time of the attempts before it', async () => {
    const { ended } = await attempt((clock) => Promise.resolve(clock.leftMs()), worked(45_000));
    expect(ended).toBeGreaterThan(14_000);
    expect(ended).toBeLessThanOrEqual(15_000);
  });

  it('has its whole budget again after progress', async () => {
    const { ended } = await attempt((clock) => {
      clock.progressed();
      return Promise.resolve(clock.leftMs());
    }, worked(45_000));
    expect(ended).toBeGreaterThan(59_000);
  });

  it('that fails for a passing reason is made again, and the pause that follows is charged', async () => {
    const { ended, heartbeats } = await attempt(() => Promise.reject(AWAY), worked(45_000), 3);
    expect(ended).toMatchObject({ type: 'KubernetesUnavailable', nonRetryable: false });
    expect(heartbeats.at(-1)?.spentMs).toBeGreaterThanOrEqual(47_000);
    expect(heartbeats.at(-1)?.spentMs).toBeLessThan(48_000);
  });

  it('ends the step with the same failure when budget and outage are spent', async () => {
    const { ended } = await attempt(() => Promise.reject(AWAY), worked(149_600));
    expect(ended).toMatchObject({ type: AWAY.type, message: AWAY.message, nonRetryable: true });
  });

  it('ends the step at once for a reason that does not pass', async () => {
    const { ended } = await attempt(() => Promise.reject(new RotationError('SecretChanged', 'by another')));
    expect(ended).toMatchObject({ type: 'SecretChanged', nonRetryable: true });
  });

  it('whose worker stops is made again, and the time until then is charged to nobody', async () => {
    const { ended, heartbeats } = await attempt(
      () => Promise.reject(new CancelledFailure('WORKER_SHUTDOWN')),
      worked(149_900),
      9,
    );
    expect(ended).toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
    expect(heartbeats.at(-1)?.spentMs).toBeLessThan(150_900);
  });

  it('that hangs is given up, with what it waits on', async () => {
    let aborted = false;
    const { ended } = await attempt((clock) => {
      clock.signal.addEventListener('abort', () => (aborted = true));
      return FOREVER;
    }, worked(150_000));
    expect(ended).toMatchObject({ type: 'Unexpected', nonRetryable: true });
    expect(aborted).toBe(true);
  });
});

import { TASK_QUEUE, taskQueue, taskQueueOf } from '../../src/temporal/task-queue.ts';
import { foreignAmong, refuseForeignWorkers, workerIdentity } from '../../src/temporal/foreign-workers.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const TARGET = { connection: { address: 'localhost:7233' }, namespace: 'default', taskQueue: 'shared' };

describe('a worker of another cluster on the Task Queue', () => {
  it.each<readonly [string, string, number, boolean]>([
    ['polls now', '7@host of Kubernetes kube-2', 10_000, true],
    ['has ended', '7@host of Kubernetes kube-2', 120_000, false],
    ['is one of the same cluster', '7@host of Kubernetes kube-1', 10_000, false],
    ['does not say of which cluster it is', '7@host', 10_000, false],
  ])('%s', (_, identity, agoMs, foreign) => {
    expect(foreignAmong([{ identity, seenAt: NOW - agoMs }], 'kube-1', NOW)).toBe(foreign ? identity : undefined);
  });

  it('keeps this one from starting, with what to configure', async () => {
    const lastAccessTime = { seconds: Math.floor(Date.now() / 1_000) };
    const describeTaskQueue = () =>
      Promise.resolve({ pollers: [{ identity: workerIdentity('kube-2'), lastAccessTime }] });
    const connection = { workflowService: { describeTaskQueue } } as never;
    await expect(refuseForeignWorkers(connection, TARGET, 'kube-1')).rejects.toMatchObject({
      type: 'AnotherKubernetes',
      message: expect.stringMatching(/"shared" is polled .* of Kubernetes kube-2.*CNPG_ROTATOR_TASK_QUEUE/) as string,
    });
    await expect(refuseForeignWorkers(connection, TARGET, 'kube-2')).resolves.toBeUndefined();
  });
});

describe('the Task Queue', () => {
  it.each([
    [undefined, TASK_QUEUE],
    ['', TASK_QUEUE],
    ['rotator-of-prod', 'rotator-of-prod'],
  ])('by %p is %s', (name, expected) => {
    expect(taskQueue(name)).toBe(expected);
  });

  it.each(['two words', 'a\nb', 'x'.repeat(1_001)])('is not %p', (name) => {
    expect(() => taskQueue(name)).toThrow('CNPG_ROTATOR_TASK_QUEUE must be a name');
  });

  it('of a command with --local has the cluster in its name', () => {
    expect(taskQueueOf('kube-1')).toBe('cnpg-rotator-kube-1');
  });
});

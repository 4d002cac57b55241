import type { BatchReport } from '../../src/domain/batch/batch.ts';
import { useHarness, LITELLM } from '../harness/harness.ts';
import { expectExactlyOnePassword, expectNewPasswords, passwordsOf } from '../harness/proofs/password-agreement.ts';
import { CLI, Program, run } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';

const MINUTE = 60_000;

const CATALOGUE = `components:
  - {name: litellm, namespace: ai-system}
  - {name: langfuse, namespace: ai-system}
  - {name: obot, namespace: ai-system}
  - {name: dragonfly, namespace: cache}
  - {name: nowhere, namespace: cache, cluster: obot-postgresql}
`;

const harness = useHarness({ catalogue: CATALOGUE, asAdministrator: true, worker: true });

describe('a batch', () => {
  it(
    'rotates all four components by one start, and says of a fifth that its Cluster does not exist',
    async () => {
      const { world } = harness;
      const components = ['litellm', 'langfuse', 'obot', 'dragonfly'].map((name) => ({
        ...LITELLM,
        name,
        namespace: name === 'dragonfly' ? 'cache' : 'ai-system',
        cluster: `${name}-postgresql`,
        role: name,
        database: name,
        secret: `${name}-db-secret`,
      }));
      const old = await passwordsOf(world, components);
      const { code, stdout, stderr } = await run('node', [CLI, 'batch', '--output', 'json'], harness.environment);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      const report = JSON.parse(stdout) as BatchReport;
      expect(report.outcome).toBe('partly');
      expect(report.components.map(({ component, outcome }) => `${component} ${outcome}`)).toEqual([
        'litellm rotated',
        'langfuse rotated',
        'obot rotated',
        'dragonfly rotated',
        'nowhere unchanged',
      ]);
      expect(report.components[4]?.cause?.type).toBe('cluster-exists');
      await expectNewPasswords(world, components, old);
    },
    8 * MINUTE,
  );
});

describe('a rotation that waits for approval', () => {
  const started = async (): Promise<Program> => {
    const program = new Program('node', [CLI, 'rotate', 'litellm', '--require-approval'], harness.environment);
    await until(
      'the rotation to wait',
      async () => {
        const handle = harness.temporal.client.workflow.getHandle('rotate-litellm');
        const report = await handle
          .query<{ steps: { step: string; outcome: string }[] }>('progress')
          .catch(() => undefined);
        return report?.steps.some(({ step, outcome }) => step === 'approve' && outcome === 'running');
      },
      MINUTE,
    );
    return program;
  };

  it(
    'goes on when it is approved',
    async () => {
      const { world } = harness;
      const old = await world.password(LITELLM);
      const rotation = await started();
      expect((await world.password(LITELLM)) === old).toBe(true);
      const approved = await run('node', [CLI, 'approve', 'litellm', '--note', 'go'], harness.environment);
      expect(approved.code).toBe(0);
      expect(await rotation.ended).toBe(0);
      await expectExactlyOnePassword(world, LITELLM, { invalid: [old] });
    },
    4 * MINUTE,
  );

  it(
    'changes nothing when it is aborted',
    async () => {
      const { world } = harness;
      const before = await world.secret(LITELLM);
      const rotation = await started();
      const aborted = await run('node', [CLI, 'abort', 'litellm', '--reason', 'not today'], harness.environment);
      expect(aborted.code).toBe(0);
      expect(await rotation.ended).toBe(1);
      expect(rotation.output).toContain('Aborted');
      expect((await world.secret(LITELLM))['password'] === before['password']).toBe(true);
    },
    4 * MINUTE,
  );
});

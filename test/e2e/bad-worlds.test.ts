import type { RotationReport } from '../../src/domain/rotation.ts';
import { useHarness } from './support/harness.ts';
import { CLI, run } from './support/programs.ts';
import type { World } from './support/world.ts';

const MINUTE = 60_000;

/** A Cluster that exists in the API alone: CNPG is told to leave it be, so its roles may be as wrong as a test wants. */
const PAPER = 'paper-postgresql';
const ROLES = { absent: 'paper-absent', 'no-password': 'paper-no-password', 'wrong-username': 'paper-wrong-username' };

const CATALOGUE = `components:
  - {name: litellm, namespace: ai-system}
  - {name: no-namespace, namespace: nowhere}
  - {name: no-cluster, namespace: ai-system, secret: litellm-db-secret}
  - {name: not-managed, namespace: ai-system, cluster: litellm-postgresql, role: nobody, secret: litellm-db-secret}
  - {name: other-secret, namespace: ai-system, cluster: litellm-postgresql, role: litellm, secret: langfuse-db-secret}
  - {name: secret-absent, namespace: ai-system, cluster: ${PAPER}, role: absent, secret: ${ROLES.absent}}
  - {name: secret-no-password, namespace: ai-system, cluster: ${PAPER}, role: no-password, secret: ${ROLES['no-password']}}
  - {name: secret-wrong-username, namespace: ai-system, cluster: ${PAPER}, role: wrong-username, secret: ${ROLES['wrong-username']}}
`;

const harness = useHarness({ catalogue: CATALOGUE, asAdministrator: true });

beforeAll(async () => {
  await drawPaperCluster(harness.world);
  await harness.startWorker();
}, 2 * MINUTE);

afterAll(() => erasePaperCluster(harness.world));

describe('a rotation that cannot end well', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a component that the catalogue does not have', 'lightllm', 'ComponentUnknown'],
    ['a namespace that does not exist', 'no-namespace', 'ClusterAbsent'],
    ['a Cluster that does not exist', 'no-cluster', 'ClusterAbsent'],
    ['a role that CNPG does not manage', 'not-managed', 'RoleNotManaged'],
    ['a role that CNPG manages with another Secret', 'other-secret', 'RoleNotManaged'],
    ['a Secret that does not exist', 'secret-absent', 'SecretAbsent'],
    ['a Secret without a password', 'secret-no-password', 'SecretIncomplete'],
    ['a Secret with another username', 'secret-wrong-username', 'UsernameMismatch'],
  ];
  it.each(cases)(
    '%s is refused with its cause, and nothing is changed',
    async (_, component, type) => {
      const { world } = harness;
      const before = await world.snapshot('ai-system');
      const { code, stdout, stderr } = await run(
        'node',
        [CLI, 'rotate', component, '--output', 'json'],
        harness.environment,
      );
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      const report = JSON.parse(stdout) as RotationReport;
      expect(report).toMatchObject({ outcome: 'unchanged', cause: { type } });
      // What happened, to which object, and what to do: more than one sentence.
      expect(report.cause?.message).toMatch(/\. \S/);
      expect((await world.snapshot('ai-system')) === before).toBe(true);
    },
    MINUTE,
  );
});

describe('a start that cannot begin', () => {
  it(
    'says that there is no kubeconfig',
    async () => {
      const { code, stderr } = await run('node', [CLI, 'up', '--yes'], {
        ...harness.environment,
        KUBECONFIG: '/nowhere/config',
      });
      expect(code).toBe(1);
      expect(stderr).toContain('KubeconfigAbsent: The kubeconfig /nowhere/config cannot be read');
    },
    MINUTE,
  );

  it(
    'says that the kubeconfig has no such context',
    async () => {
      const { code, stderr } = await run('node', [CLI, 'up', '--yes', '--context', 'nonsense'], harness.environment);
      expect(code).toBe(1);
      expect(stderr).toContain('has no context "nonsense"');
    },
    MINUTE,
  );

  it(
    'says that Temporal cannot be reached',
    async () => {
      const { code, stdout, stderr } = await run('node', [CLI, 'rotate', 'litellm'], {
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('TemporalUnreachable: Temporal does not answer at 127.0.0.1:1');
      expect(stderr).toContain('cnpg-rotate up');
    },
    MINUTE,
  );

  it(
    'does not take the cluster for granted without a terminal to ask on',
    async () => {
      const { code, stderr } = await run('node', [CLI, 'up'], harness.environment);
      expect(code).toBe(2);
      expect(stderr).toContain('--yes');
    },
    MINUTE,
  );
});

async function drawPaperCluster(world: World): Promise<void> {
  const secret = (name: string, stringData: Record<string, string>): Promise<void> =>
    world.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'ai-system' }, stringData });
  await secret(ROLES['no-password'], { username: 'no-password' });
  await secret(ROLES['wrong-username'], { username: 'somebody-else', password: 'a-password-that-nobody-uses' });
  await world.apply({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: PAPER, namespace: 'ai-system', annotations: { 'cnpg.io/reconciliationLoop': 'disabled' } },
    spec: {
      instances: 1,
      imageName: 'localhost/postgresql:15.18',
      storage: { size: '1Gi' },
      managed: {
        roles: Object.entries(ROLES).map(([name, passwordSecret]) => ({
          name,
          ensure: 'present',
          login: true,
          passwordSecret: { name: passwordSecret },
        })),
      },
    },
  });
  await world.setClusterStatus('ai-system', PAPER, {
    phase: 'Cluster in healthy state',
    currentPrimary: `${PAPER}-1`,
    targetPrimary: `${PAPER}-1`,
  });
}

async function erasePaperCluster(world: World): Promise<void> {
  await world.deleteCluster('ai-system', PAPER);
  for (const name of [ROLES['no-password'], ROLES['wrong-username']])
    await world.core.deleteNamespacedSecret({ namespace: 'ai-system', name });
}

import { diagnose } from '../../../src/activities/steps/diagnose.ts';
import { preflightAdoption } from '../../../src/activities/adopt/preflight-adoption.ts';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { gatherFacts } from '../../harness/activities/gather-facts.ts';
import { preflight } from '../../../src/activities/steps/preflight.ts';
import { blocks } from '../../../src/domain/finding.ts';
import { RotationError } from '../../../src/domain/failures.ts';
import { readIdentity } from '../../../src/kubernetes/identity.ts';
import { Rights } from '../../../src/kubernetes/rights.ts';
import { Secrets } from '../../../src/kubernetes/secrets.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { acceptedLogin } from '../../harness/activities/accepted-login.ts';
import { EmbeddedApi } from '../../harness/activities/embedded-api.ts';
import { KUBERNETES, LITELLM } from '../../harness/examples.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';

const INPUT = { component: LITELLM.name };
const withDeps = (change: Partial<Dependencies>): Dependencies => ({ ...new TestCluster().deps, ...change });
const lacking = (missing: (verb: string, resource: string) => boolean): Pick<Dependencies, 'rights'> => ({
  rights: { missing: (rights) => Promise.resolve(rights.filter(({ verb, resource }) => missing(verb, resource))) },
});
const unreachable = new RotationError('DatabaseUnreachable', 'Service ai-system/litellm-postgresql-rw: no route.');

describe('before the first write', () => {
  it.each<readonly [string, Partial<Dependencies>, string]>([
    ['a login that cannot be tried', { login: () => Promise.reject(unreachable) }, 'current-password-can-be-tried'],
    [
      'a PostgreSQL that lets everybody in',
      { login: () => Promise.resolve(acceptedLogin('litellm')) },
      'wrong-password-is-refused',
    ],
    [
      'a database that is not there',
      { login: () => Promise.reject(new RotationError('DatabaseAbsent', 'There is no such database.')) },
      'database-is-there',
    ],
    [
      'a right that is missing',
      lacking((verb, resource) => verb === 'create' && resource === 'secrets'),
      'rights-are-granted',
    ],
    [
      'a cluster without a name',
      { kubernetes: () => Promise.reject(new RotationError('KubernetesForbidden', 'Could not read it.')) },
      'kubernetes-is-known',
    ],
  ])('%s blocks the rotation, the check and the adoption', async (_, change, rule) => {
    const deps = withDeps(change);
    await expect(inActivity(() => preflight(deps, INPUT))).rejects.toMatchObject({ type: rule });
    const { findings } = await diagnose(deps, INPUT);
    expect(findings[0]).toMatchObject({ rule, severity: 'blocking' });
    const adoption = await preflightAdoption(deps, { component: LITELLM.name, direction: 'adopt' });
    expect(adoption.findings.filter(blocks).map((finding) => finding.rule)).toContain(rule);
  });

  it('only what may pass is tried again: a login that neither succeeds nor is refused', async () => {
    const refused = (change: Partial<Dependencies>) => inActivity(() => preflight(withDeps(change), INPUT));
    const login = () => Promise.reject(unreachable);
    await expect(refused({ login })).rejects.toMatchObject({ retryable: true });
    const kubernetes = () => Promise.reject(new RotationError('KubernetesForbidden', 'Could not read it.'));
    const final = { type: 'kubernetes-is-known', retryable: false };
    await expect(refused({ kubernetes })).rejects.toMatchObject(final);
    await expect(refused({ login, kubernetes })).rejects.toMatchObject(final);
    const absent = () => Promise.reject(new RotationError('DatabaseAbsent', 'There is no such database.'));
    await expect(refused({ login: absent })).rejects.toMatchObject({ type: 'database-is-there', retryable: false });
  });

  it('the Secrets are listed once, however a login fails', async () => {
    const world = new TestCluster();
    let lists = 0;
    const { list } = world.deps.secrets;
    const secrets = { ...world.deps.secrets, list: (namespace: string) => ((lists += 1), list(namespace)) };
    await gatherFacts({ ...world.deps, secrets, login: () => Promise.reject(unreachable) }, LITELLM);
    expect(lists).toBe(1);
  });

  it('an adoption says which of its own rights are missing', async () => {
    const deps = withDeps(lacking((verb, resource) => resource === 'poolers' || verb === 'delete'));
    const { findings } = await preflightAdoption(deps, { component: LITELLM.name, direction: 'adopt' });
    const own = findings.find(({ rule }) => rule === 'adoption-rights-are-granted');
    expect(own).toMatchObject({ severity: 'blocking' });
    expect(own?.message).toContain('delete secrets ai-system/litellm-owner-role (deploy/rbac-adoption.yaml)');
    expect(own?.message).toContain('list poolers.postgresql.cnpg.io in ai-system (deploy/rbac-adoption.yaml)');
  });

  it('is known which Kubernetes cluster it is, and how far the clocks are apart', async () => {
    const world = new TestCluster();
    world.time = Date.parse('2026-01-01T00:01:00Z');
    const { rehearsal } = await gatherFacts({ ...world.deps, kubernetesAheadMs: () => 2_000 }, LITELLM);
    expect(rehearsal).toEqual({
      kubernetes: KUBERNETES,
      missingRights: [],
      rolesThatNeedNoPassword: [],
      clocks: { kubernetes: 2_000, postgres: -60_000 },
    });
  });
});

describe('with an API server that refuses', () => {
  let api: EmbeddedApi;
  beforeEach(async () => {
    api = await EmbeddedApi.start('ai-system', 'cache');
  });
  afterEach(() => api.server.close());

  const connected = async (): Promise<Dependencies> => {
    const connection = await api.connectAsWorker();
    return withDeps({
      secrets: new Secrets(connection),
      rights: new Rights(connection),
      kubernetes: () => readIdentity(connection),
    });
  };

  it('the first look already, every right that is missing is told and not the first that was run into', async () => {
    const deps = await connected();
    api.store.delete('rolebindings', { namespace: 'ai-system', name: 'cnpg-rotator' });
    for (const look of [
      inActivity(() => preflight(deps, INPUT)),
      diagnose(deps, INPUT),
      preflightAdoption(deps, { component: LITELLM.name, direction: 'adopt' }),
    ]) {
      await expect(look).rejects.toMatchObject({
        type: 'RightsMissing',
        message: expect.stringMatching(
          /get, patch secrets ai-system\/litellm-db-secret .*create secrets in ai-system .*get, watch, patch clusters.postgresql.cnpg.io ai-system\/litellm-postgresql/,
        ) as string,
      });
    }
  });

  it('the question for rights too, what was run into is told', async () => {
    const deps = await connected();
    api.faults.choose = () => ({ status: 403, reason: 'Forbidden' });
    await expect(inActivity(() => preflight(deps, INPUT))).rejects.toMatchObject({ type: 'KubernetesForbidden' });
  });
});

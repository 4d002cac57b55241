import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { diagnose } from '../../../src/activities/steps/diagnose.ts';
import { gatherFacts } from '../../harness/activities/gather-facts.ts';
import { preflight } from '../../../src/activities/steps/preflight.ts';
import { RotationError } from '../../../src/domain/failures.ts';
import { HEALTHY_CLUSTER, LITELLM } from '../../harness/examples.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { inUri, whole } from '../../harness/rotation-input.ts';

const LIVE = LITELLM.secret;
const forbidden = (): Promise<never> => Promise.reject(new RotationError('KubernetesForbidden', 'refused (403)'));
const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

describe('gathering the facts', () => {
  it('takes what may not be looked at for unknown, and goes on', async () => {
    const world = new TestCluster();
    world.cluster = {
      ...HEALTHY_CLUSTER,
      applicationOwner: { role: 'owner', secret: 'owner-secret', bootstrap: 'initdb' },
    };
    const { find } = world.deps.secrets;
    const facts = await gatherFacts(
      {
        ...world.deps,
        secrets: { ...world.deps.secrets, find: (ns, name) => (name === LIVE ? find(ns, name) : forbidden()) },
        workloads: {
          ...world.deps.workloads,
          list: () =>
            Promise.resolve({
              reading: () => [
                {
                  kind: 'Deployment',
                  namespace: 'ai-system',
                  name: 'litellm',
                  secrets: [LIVE],
                  replicas: 2,
                  watchedByReloader: true,
                  asksForReloader: true,
                  annotatedOnTemplateOnly: false,
                  strategy: 'RollingUpdate',
                  hasReadinessProbe: true,
                  times: { replicas: 2, atOnce: 1, readySeconds: 5, graceSeconds: 30, endsFirst: false },
                },
              ],
              environments: () => Promise.resolve([]),
              replicaSets: [],
              podsNow: forbidden,
              texts: () => [],
            }),
        },
        surroundings: {
          operatorAnswers: forbidden,
          cnpgVersion: forbidden,
          reloaders: forbidden,
          namespaceLabels: forbidden,
          lastBackupAt: forbidden,
        },
        login: () => Promise.reject(new RotationError('DatabaseUnreachable', 'neither succeeded nor was refused')),
      },
      LITELLM,
    );
    expect(facts).toMatchObject({
      login: 'unknown',
      secretsOfOtherRoles: [{ role: 'owner', secret: 'owner-secret', readFor: 'bootstrap', state: 'unknown' }],
      surroundings: {
        operatorAnswers: 'unknown',
        cnpgVersion: 'unknown',
        reloaders: 'unknown',
        lastBackupAt: 'unknown',
      },
    });
  });

  it('tells who else writes a Secret that would change, and which annotation shows the password', async () => {
    const world = new TestCluster();
    const password = world.text(LIVE, 'password');
    const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'litellm', controller: true };
    const kept = {
      kind: 'Secret',
      stringData: { DATABASE_URL: `postgresql://litellm:${password}@litellm-postgresql-rw/litellm` },
    };
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(kept) };
    world.put(LIVE, { username: 'litellm', password }, { ownerReferences: [owner] });
    world.put('litellm-env', kept.stringData, { annotations });
    const applier = { manager: 'pipeline', operation: 'Apply', keys: ['DATABASE_URL'] } as const;
    world.put('litellm-app', kept.stringData, { fieldManagers: [applier] });
    const { secret, companions } = await gatherFacts(world.deps, LITELLM);
    expect(secret?.owners).toEqual([expect.objectContaining({ name: 'ExternalSecret ai-system/litellm' })]);
    expect(companions).toMatchObject({
      found: [
        { name: 'litellm-app', owners: [{ name: 'the field manager "pipeline"' }] },
        { name: 'litellm-env', lastAppliedHoldsPassword: true },
      ],
    });
  });

  it.each([
    ['litellm', 'litellm'],
    ['by mistake a password', ''],
  ])('knows of the username %s', async (username, known) => {
    const world = new TestCluster();
    world.put(LIVE, { username, password: 'pa-ss-word' });
    const complaint = `wrong username '${username}' in secret`;
    world.cluster = { ...HEALTHY_CLUSTER, phaseReason: 'no pa-ss-word', cannotReconcile: { litellm: [complaint] } };
    const { secret, cluster } = await gatherFacts(world.deps, LITELLM);
    expect(secret).toMatchObject({ hasUsername: true, username: known });
    expect(cluster?.cannotReconcile).toEqual({ litellm: ["wrong username '…' in secret"] });
    expect(cluster?.phaseReason).toBe('no [password]');
  });

  it('fails when the Secret itself may neither be read nor listed', async () => {
    const world = new TestCluster();
    const list = () => Promise.resolve(undefined);
    const blind = { ...world.deps, secrets: { ...world.deps.secrets, list, find: forbidden } };
    await expect(gatherFacts(blind, LITELLM)).rejects.toMatchObject({ type: 'KubernetesForbidden' });
  });

  it('lets a defect of ours out', async () => {
    const world = new TestCluster();
    const broken = { ...world.deps, login: () => Promise.reject(new TypeError('a defect')) };
    await expect(gatherFacts(broken, LITELLM)).rejects.toThrow(TypeError);
  });

  it.each([
    ['accepted', 'old-password-0123456789'],
    ['refused', 'another-password'],
  ])('tries the credential of the Secret: %s', async (outcome, accepted) => {
    const world = new TestCluster();
    world.accepted = accepted;
    expect((await gatherFacts(world.deps, LITELLM)).login).toBe(outcome);
  });

  it('takes the newer backup of the Cluster’s status and of the Backups', async () => {
    const world = new TestCluster();
    world.cluster = { ...HEALTHY_CLUSTER, lastSuccessfulBackup: '2026-11-24T02:00:00Z' };
    const { surroundings } = await gatherFacts(world.deps, LITELLM);
    expect(surroundings.lastBackupAt).toBe('2026-11-24T02:00:00Z');
  });

  it.each([
    ['absent', undefined],
    ['fine', { username: 'reader', password: 'x' }],
    ['no username', { password: 'x' }],
    ['no password', { username: 'reader' }],
    ['wrong username', { username: 'somebody', password: 'x' }],
  ])('judges the Secret of another managed role: %s', async (state, data) => {
    const world = new TestCluster();
    world.cluster = {
      ...HEALTHY_CLUSTER,
      managedRoles: [
        ...HEALTHY_CLUSTER.managedRoles,
        {
          name: 'reader',
          ensure: 'present',
          login: true,
          passwordSecret: 'reader-secret',
          declaredBy: 'managed.roles',
        },
        { name: 'gone', ensure: 'absent', login: true, passwordSecret: 'gone-secret', declaredBy: 'managed.roles' },
        { name: 'own', ensure: 'present', login: true, passwordSecret: 'x', declaredBy: 'DatabaseRole own' },
      ],
    };
    if (data !== undefined) world.put('reader-secret', Object.fromEntries(Object.entries(data)));
    expect((await gatherFacts(world.deps, LITELLM)).secretsOfOtherRoles).toEqual([
      { role: 'reader', secret: 'reader-secret', readFor: 'managed.roles', state },
    ]);
  });
});

describe('of another Secret with the password is known', () => {
  const HOST = 'litellm-postgresql-rw';
  it.each<readonly [string, Record<string, string>, true | undefined]>([
    ['by a key of its own', { password: 'old-password-0123456789', DB_USER: 'litellm' }, undefined],
    ['by a URI', { DSN: `postgresql://litellm:old-password-0123456789@${HOST}/litellm` }, undefined],
    ['not at all', { password: 'old-password-0123456789', database: 'litellm', host: HOST }, true],
  ])('whether it says whose that is: %s', async (_, values, withoutUser) => {
    const world = new TestCluster();
    world.put('litellm-env', values);
    const { companions } = await gatherFacts(world.deps, LITELLM);
    expect(companions).toEqual({
      found: [{ name: 'litellm-env', immutable: false, ...(withoutUser && { withoutUser }) }],
      warnings: [],
    });
  });

  it.each([
    ['does not exist', undefined, 'does not exist, and the catalogue names it'],
    ['holds none of it', { note: 'no password' }, 'none of its keys holds the password'],
    [
      'holds another user’s',
      { DB_USER: 'other', DB_PASSWORD: 'old-password-0123456789' },
      'it is the login of another user',
    ],
  ] as const)('that the catalogue names, and that %s', async (_, values, message) => {
    const world = new TestCluster();
    if (values !== undefined) world.put('litellm-env', values);
    const component = { ...LITELLM, otherSecrets: [{ name: 'litellm-env' }] };
    expect((await gatherFacts(world.deps, component)).companions).toEqual({
      refused: expect.stringContaining(message) as string,
    });
  });

  it('nothing where the namespace is not searched: the Secrets are not even listed', async () => {
    const world = new TestCluster();
    world.put('litellm-env', { DATABASE_URL: `postgresql://litellm:old-password-0123456789@${HOST}/litellm` });
    const list = () => Promise.reject(new Error('listed'));
    const deps = { ...world.deps, secrets: { ...world.deps.secrets, list } };
    expect((await gatherFacts(deps, { ...LITELLM, discover: false })).companions).toEqual({
      found: [],
      warnings: [],
    });
  });
});

describe('the password of now', () => {
  const VERIFIER = 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy';
  const URI = 'postgresql://litellm:old-password-0123456789@litellm-postgresql-rw/litellm';

  it('is the one that PostgreSQL accepts of those who log in as the role, where CNPG’s Secret holds a verifier', async () => {
    const world = new TestCluster();
    world.put(LIVE, { username: 'litellm', password: VERIFIER });
    world.put('litellm-env', { DATABASE_URL: URI });
    const facts = await gatherFacts(world.deps, LITELLM);
    expect(facts).toMatchObject({ login: 'accepted', passwordUnknown: false, passwordAt: { secret: 'litellm-env' } });
  });

  it('is not known where nobody’s is accepted', async () => {
    const world = new TestCluster();
    world.put(LIVE, { username: 'litellm', password: VERIFIER });
    world.put('litellm-env', { DATABASE_URL: URI.replace('old-', 'older-') });
    expect((await gatherFacts(world.deps, LITELLM)).passwordUnknown).toBe(true);
  });
});

describe('of the Secret is known', () => {
  const secretOf = async (world: TestCluster) => (await gatherFacts(world.deps, LITELLM)).secret;
  const planOf = async (world: TestCluster) => (await gatherFacts(world.deps, LITELLM)).plan;

  it.each([
    ['as it is', (password: string) => password],
    ['percent-encoded', encodeURIComponent],
  ])('that its URI holds the same password, %s', async (_, encode) => {
    const password = 'p+ss/word=0123456789';
    const world = new TestCluster(password);
    world.put(LIVE, { username: 'litellm', password, uri: `postgresql://litellm:${encode(password)}@db:5432/litellm` });
    expect((await planOf(world)).changes).toEqual([
      expect.objectContaining({ place: whole('password') }),
      expect.objectContaining({ place: inUri('uri') }),
    ]);
  });

  it('which of its URIs hold another password of the role', async () => {
    const world = new TestCluster();
    world.put(LIVE, {
      username: 'litellm',
      password: 'old-password-0123456789',
      uri: 'postgresql://litellm:an-earlier-one@litellm-postgresql-rw:5432/litellm',
      cache: 'redis://default:something@cache:6379',
      note: 'no URI',
    });
    const { changes } = await planOf(world);
    expect(changes.filter(({ stale }) => stale).map(({ place }) => place)).toEqual([inUri('uri')]);
  });

  it.each([
    ['Flux applies it', {}, 'flux-system/apps'],
    ['Flux is told not to', { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }, undefined],
    ['Flux is told to ignore it', { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' }, undefined],
  ])('whether Flux would revert a change: %s', async (_, annotations, kustomization) => {
    const world = new TestCluster();
    const [password, uri] = [world.text(LIVE, 'password'), world.text(LIVE, 'uri')];
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'apps',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    };
    world.put(LIVE, { username: 'litellm', password, uri }, { labels, annotations });
    expect((await secretOf(world))?.fluxKustomization).toBe(kustomization);
  });

  it('nothing of its password', async () => {
    const world = new TestCluster();
    expect(JSON.stringify(await gatherFacts(world.deps, LITELLM))).not.toContain('old-password');
  });
});

describe('preflight and diagnosis', () => {
  it('refuses with every blocking finding, the first as its type', async () => {
    const world = new TestCluster();
    world.cluster = { ...HEALTHY_CLUSTER, hibernated: true, managedRoles: [] };
    await expect(environment.run(() => preflight(world.deps, { component: 'litellm' }))).rejects.toMatchObject({
      type: 'role-is-managed',
      message: expect.stringMatching(/not in spec\.managed\.roles.*is hibernated/) as string,
    });
  });

  it('tells the same without failing', async () => {
    const world = new TestCluster();
    world.cluster = { ...HEALTHY_CLUSTER, hibernated: true, managedRoles: [] };
    const { findings, where, checkedAt } = await diagnose(world.deps, { component: 'litellm' });
    expect(where).toEqual(LITELLM);
    expect(checkedAt).toBe('1970-01-01T00:00:00.000Z');
    expect(findings.slice(0, 2).map(({ rule }) => rule)).toEqual(['role-is-managed', 'cluster-is-not-hibernated']);
    expect(world.writes).toEqual([]);
  });
});

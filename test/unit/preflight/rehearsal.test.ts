import { describeRights, neededRights, type Right } from '../../../src/domain/preflight/index.ts';
import { LITELLM } from '../../harness/examples.ts';
import { expectFirst, findings, warns, type Case, type Change } from './world.ts';

const rehearsal = (change: Change['rehearsal']): Change => ({ rehearsal: change ?? {} });

const PATCH: Right = {
  verb: 'patch',
  group: '',
  resource: 'secrets',
  namespace: 'ai-system',
  name: 'litellm-db-secret',
  manifest: 'deploy/rbac.yaml',
};
const FLUX: Right = {
  verb: 'patch',
  group: 'kustomize.toolkit.fluxcd.io',
  resource: 'kustomizations',
  namespace: 'flux-system',
  name: 'apps',
  manifest: 'deploy/rbac-gitops.yaml',
};
const EXEC: Right = { ...PATCH, verb: 'get', resource: 'pods', subresource: 'exec', without: 'nobody hurries' };
const KUBE_SYSTEM: Right = {
  ...PATCH,
  verb: 'get',
  resource: 'namespaces',
  namespace: 'kube-system',
  name: 'kube-system',
};
const NO_UID = { type: 'KubernetesForbidden', message: 'Could not read Namespace kube-system.' } as const;

const BLOCKING: readonly Case[] = [
  [
    'rights are missing, each of which it names with its manifest',
    rehearsal({ missingRights: [{ ...PATCH, verb: 'get' }, PATCH, FLUX, EXEC] }),
    'rights-are-granted',
    'get, patch secrets ai-system/litellm-db-secret (deploy/rbac.yaml); patch kustomizations.kustomize.toolkit.fluxcd.io flux-system/apps (deploy/rbac-gitops.yaml).',
    '"cnpg-rotate rights | kubectl apply -f -"',
  ],
  [
    'the uid of the Kubernetes cluster may not be read',
    rehearsal({ missingRights: [KUBE_SYSTEM], kubernetes: NO_UID }),
    'rights-are-granted',
    'get namespaces kube-system (deploy/rbac.yaml)',
    'cnpg-rotate rights',
  ],
  [
    'the uid of the Kubernetes cluster could not be read',
    rehearsal({ missingRights: 'unknown', kubernetes: NO_UID }),
    'kubernetes-is-known',
    'Could not read Namespace kube-system.',
    'The ClusterRole cnpg-rotator has the right',
  ],
  [
    'the database does not exist',
    {
      login: 'unknown',
      ...rehearsal({ loginFailure: { type: 'DatabaseAbsent', message: 'Database "x" does not exist.' } }),
    },
    'database-is-there',
    'Database "x" does not exist.',
    '"database" of component "litellm" in the catalogue',
  ],
  [
    'a port may not be forwarded',
    { login: 'unknown', ...rehearsal({ loginFailure: { type: 'KubernetesForbidden', message: 'pods/portforward.' } }) },
    'current-password-can-be-tried',
    'could not be tried, so no new password could be proven: pods/portforward.',
    'cnpg-rotate rights --port-forward',
  ],
  [
    'PostgreSQL cannot be reached',
    { login: 'unknown', ...rehearsal({ loginFailure: { type: 'DatabaseUnreachable', message: 'No route.' } }) },
    'current-password-can-be-tried',
    'No route.',
    'kubectl cnpg -n ai-system status litellm-postgresql',
  ],
  [
    'PostgreSQL accepts any password',
    rehearsal({ rolesThatNeedNoPassword: ['litellm'] }),
    'wrong-password-is-refused',
    'accepts any password for "litellm" in database "litellm"',
    'spec.postgresql.pg_hba of Cluster ai-system/litellm-postgresql',
  ],
  [
    'PostgreSQL does not refuse a wrong password in time',
    rehearsal({ wrongPasswordFailure: { type: 'DatabaseUnreachable', message: 'No answer within 8 s.' } }),
    'wrong-password-is-refused',
    'No answer within 8 s.',
    'auth_delay',
  ],
];

const WARNINGS: readonly Case[] = [
  [
    'a right is missing that it can do without',
    rehearsal({ missingRights: [EXEC] }),
    'optional-rights-are-granted',
    'Without them nobody hurries.',
    '"cnpg-rotate rights --exec | kubectl apply -f -", with the options that you gave before. With Helm, set rights.exec.',
  ],
  [
    'the API server does not say which rights there are',
    rehearsal({ missingRights: 'unknown' }),
    'rights-are-known',
    'did not say which rights',
    'system:basic-user',
  ],
  [
    'PostgreSQL’s clock goes wrong',
    rehearsal({ clocks: { kubernetes: 0, postgres: -31_000 } }),
    'clocks-agree',
    'the API server has the same time, PostgreSQL of Cluster ai-system/litellm-postgresql is 31 s behind. Not to be relied on',
    'NTP',
  ],
  [
    'two clocks are apart though each is near the worker’s',
    rehearsal({ clocks: { kubernetes: 20_000, postgres: -20_000 } }),
    'clocks-agree',
    'the API server is 20 s ahead',
    'NTP',
  ],
  [
    'the namespace is not to be searched',
    { discover: false },
    'secrets-are-searched',
    'only those that the catalogue names change with it',
    'otherSecrets',
  ],
];

describe('of what a rotation will prove and use, preflight', () => {
  it.each(BLOCKING)('refuses to begin when %s', (...one) => {
    expectFirst(one[1], 'blocking', one);
  });

  warns(WARNINGS);

  it.each<readonly [string, Change]>([
    ['the clocks are nearly the same', rehearsal({ clocks: { kubernetes: 15_000, postgres: -15_000 } })],
    ['no other clock was seen', rehearsal({ clocks: {} })],
  ])('finds nothing when %s', (_, change) => {
    expect(findings(change)).toEqual([]);
  });

  it('tells of a hibernated Cluster alone that it is hibernated', () => {
    const loginFailure = { type: 'DatabaseUnreachable', message: 'No pod is ready.' } as const;
    const found = findings({ cluster: { hibernated: true }, login: 'unknown', ...rehearsal({ loginFailure }) });
    expect(found.map(({ rule }) => rule)).toEqual(['cluster-is-not-hibernated']);
  });
});

describe('the rights that a rotation uses', () => {
  const verbsOn = (rights: readonly Right[], resource: string, name?: string): readonly string[] =>
    rights
      .filter((right) => `${right.resource}${right.subresource ? `/${right.subresource}` : ''}` === resource)
      .filter((right) => right.name === name)
      .map(({ verb }) => verb);
  const world = {
    component: LITELLM,
    secrets: [LITELLM.secret, 'litellm-env'],
    workloads: [{ kind: 'StatefulSet', namespace: 'ai-system', name: 'litellm' }],
    serverCaSecret: 'own-ca',
    portForwards: true,
  } as const;
  const gitops = {
    roleSecrets: ['litellm-a-role'],
    kustomizations: [{ namespace: 'flux-system', name: 'apps' }],
    gitRepositories: [{ namespace: 'flux-system', name: 'home' }],
  };

  it('are those on each Secret, each workload and the Cluster that it names', () => {
    const rights = neededRights(world);
    expect(verbsOn(rights, 'secrets', 'litellm-env')).toEqual(['get', 'patch']);
    expect(verbsOn(rights, 'secrets')).toEqual(['create']);
    expect(verbsOn(rights, 'secrets', 'litellm-db-secret-rotation')).toEqual(['get', 'patch', 'delete']);
    expect(verbsOn(rights, 'secrets', 'own-ca')).toEqual(['get']);
    expect(verbsOn(rights, 'clusters', 'litellm-postgresql')).toEqual(['get', 'watch', 'patch']);
    expect(verbsOn(rights, 'statefulsets', 'litellm')).toEqual(['get', 'watch', 'patch']);
    expect(verbsOn(rights, 'pods/portforward')).toEqual(['get', 'create']);
    expect(verbsOn(rights, 'namespaces', 'kube-system')).toEqual(['get']);
    expect(rights.filter(({ resource }) => resource === 'kustomizations')).toEqual([]);
  });

  it('are no port-forward inside of the cluster', () => {
    const rights = neededRights({ ...world, portForwards: false });
    expect([...verbsOn(rights, 'pods/portforward'), ...verbsOn(rights, 'services', 'litellm-postgresql-rw')]).toEqual(
      [],
    );
  });

  it('are with two login roles those on their Secrets too', () => {
    const rights = neededRights({ ...world, component: { ...LITELLM, strategy: 'alternating' } });
    expect(verbsOn(rights, 'secrets', 'litellm-b-role')).toEqual(['get', 'patch']);
  });

  it('are of Git’s Secrets only to read them, and of Flux to ask it', () => {
    const rights = neededRights({ ...world, component: { ...LITELLM, strategy: 'alternating' }, gitops });
    expect(verbsOn(rights, 'secrets', LITELLM.secret)).toEqual(['get']);
    expect(verbsOn(rights, 'secrets', 'litellm-a-role')).toEqual(['get']);
    expect(verbsOn(rights, 'secrets', 'litellm-b-role')).toEqual(['get', 'patch']);
    expect(verbsOn(rights, 'kustomizations', 'apps')).toEqual(['get', 'watch', 'patch']);
    expect(verbsOn(rights, 'gitrepositories', 'home')).toEqual(['get', 'patch']);
  });

  it('are to delete pods only where a restart may have to, and then with the reason', () => {
    const [set] = world.workloads;
    // The last is for the clients of all namespaces.
    expect(verbsOn(neededRights(world), 'pods')).toEqual(['list', 'watch', 'list']);
    const surely = neededRights({ ...world, workloads: [{ ...set, deletesPods: 'surely' }] });
    expect(describeRights(surely)).toContain(
      'delete pods in ai-system (deploy/rbac.yaml), because no controller replaces the old pods of StatefulSet ai-system/litellm when they are not ready',
    );
    const etl = { kind: 'Workflow', namespace: 'ai-system', name: 'etl', replacedPods: 2 };
    const named = neededRights({ ...world, workloads: [{ ...etl, deletesPods: 'as the catalogue says' }] });
    expect(describeRights(named)).toContain(
      'delete pods in ai-system (deploy/rbac.yaml), because the catalogue has the pods of Workflow ai-system/etl restarted',
    );
    expect(named.filter(({ name }) => name === 'etl')).toEqual([]);
    const maybe = neededRights({ ...world, workloads: [{ ...set, deletesPods: 'maybe' }] });
    expect(maybe.find(({ verb, resource }) => verb === 'delete' && resource === 'pods')?.without).toContain(
      'stands still',
    );
  });

  it('are in each namespace that the catalogue names what shows its consumers', () => {
    const component = { ...LITELLM, consumers: [{ namespace: 'apps', secrets: [], notSecrets: [], copies: [] }] };
    const there = neededRights({ ...world, component }).filter(({ namespace }) => namespace === 'apps');
    for (const resource of ['pods', 'deployments', 'rollouts', 'jobs', 'cronjobs', 'configmaps'])
      expect(verbsOn(there, resource)).toContain('list');
    expect(new Set(there.map(({ manifest }) => manifest))).toEqual(new Set(['deploy/rbac-consumers.yaml']));
  });

  it('are told with what is lost where a rotation does without', () => {
    const optional = neededRights(world).filter(({ without }) => without !== undefined);
    expect(optional.map(({ verb, resource, subresource }) => `${verb} ${resource}/${subresource ?? ''}`)).toEqual([
      'list replicasets/',
      'list rollouts/',
      'list jobs/',
      'list cronjobs/',
      'list configmaps/',
      'get configmaps/',
      'create pods/portforward',
      'get pods/log',
      'get pods/exec',
      'create pods/exec',
      'list pods/',
      'list replicasets/',
      'list databaseroles/',
      'list backups/',
      'list poolers/',
      'create events/',
    ]);
  });
});

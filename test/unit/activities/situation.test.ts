import { preflightAdoption } from '../../../src/activities/adopt/preflight-adoption.ts';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { connectDependencies } from '../../../src/activities/proof/connect.ts';
import { diagnose } from '../../../src/activities/steps/diagnose.ts';
import type { Component } from '../../../src/domain/component.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { KubernetesConnection } from '../../../src/kubernetes/connection.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { EmbeddedApi } from '../../harness/activities/embedded-api.ts';
import { exampleComponent } from '../../harness/examples.ts';

const NS = 'ai-system';
const LITELLM = exampleComponent({ name: 'litellm' });
const [A, B] = LITELLM.alternating.logins;

let api: EmbeddedApi;
let requests: URL[];
beforeEach(async () => {
  api = await EmbeddedApi.start(NS);
  requests = [];
  api.faults.choose = ({ method, path, isWatch }) => {
    if (method === 'GET' && !isWatch) requests.push(new URL(path, 'http://api'));
    return undefined;
  };
});
afterEach(() => api.server.close());

function secret(name: string, stringData: Readonly<Record<string, string>>): void {
  api.store.create('secrets', { metadata: { namespace: NS, name }, stringData });
}

/** A component with everything that a look asks for. */
function deploy({ strategy }: Component): void {
  const username = strategy === 'alternating' ? A.role : 'litellm';
  secret('litellm-db-secret', { username, password: 'old-password' });
  secret('litellm-env', { DATABASE_URL: `postgresql://${username}:old-password@litellm-postgresql-rw/litellm` });
  secret('litellm-postgresql-ca', { 'ca.crt': 'a certificate' });
  secret('litellm-rotation', {});
  secret('reader-secret', { username: 'reader', password: 'another' });
  secret('litellm-owner-role', { username: 'litellm', password: 'x' });
  for (const { role, secret: name } of [A, B]) secret(name, { username: role, password: 'x' });
  const roles = ['litellm', 'reader'].map((name) => ({ name, passwordSecret: { name: `${name}-secret` } }));
  const cluster = {
    metadata: { namespace: NS, name: 'litellm-postgresql' },
    spec: { managed: { roles } },
    status: { currentPrimary: 'litellm-postgresql-1', targetPrimary: 'litellm-postgresql-1' },
  };
  api.store.create('clusters', cluster);
  api.store.patch('clusters', cluster.metadata, { type: 'merge', body: cluster }, { subresource: 'status' });
  api.store.create('configmaps', { metadata: { namespace: NS, name: 'litellm' }, data: { DB_HOST: 'db' } });
  const env = [
    { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'litellm-env', key: 'DATABASE_URL' } } },
    { name: 'DB_HOST', valueFrom: { configMapKeyRef: { name: 'litellm', key: 'DB_HOST' } } },
  ];
  for (const [namespace, name] of [
    [NS, 'litellm'],
    ['kube-system', 'reloader'],
  ] as const) {
    const labels = { 'app.kubernetes.io/name': name };
    api.store.create('deployments', {
      metadata: { namespace, name, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name, image: `${name}:1`, env }] } },
      },
    });
  }
}

/** What more than one answer held. */
function fetchedTwice(): string[] {
  const whole = requests.filter(({ searchParams }) => !searchParams.has('labelSelector'));
  const listed = new Set(whole.map(({ pathname }) => pathname));
  return requests
    .filter(({ href, pathname }, index) => {
      const [, collection = '', name = ''] = /^(.*)\/([^/]+)$/.exec(pathname) ?? [];
      const isSecret = collection.endsWith('/secrets') && api.store.find('secrets', { namespace: NS, name });
      const isDeployment = collection.endsWith('/deployments') && name !== '';
      if ((isSecret || isDeployment) && listed.has(collection)) return true;
      return requests.findIndex((other) => other.href === href) < index;
    })
    .map(({ href }) => href);
}

const depsOf = (component: Component): Dependencies => ({
  // A login from inside of the cluster is tried once, and finds no such host.
  ...connectDependencies(new KubernetesConnection(api.kubeConfig, true, 5_000), () => component),
  psql: () => Promise.resolve({ succeeded: false, stdout: '', stderr: 'psql: error: no route' }),
  temporalIdentity: () => Promise.resolve('unknown'),
  stateOf: () => Promise.resolve('running'),
});

describe('no object is fetched twice', () => {
  it.each<
    readonly [string, Partial<Component>, (deps: Dependencies) => Promise<{ readonly findings: readonly Finding[] }>]
  >([
    ['in place', {}, (deps) => diagnose(deps, { component: 'litellm' })],
    [
      'with alternating roles',
      { strategy: 'alternating' },
      (deps) => diagnose(deps, { component: 'litellm', strategy: 'alternating' }),
    ],
    [
      'of Secrets that are not searched',
      { discover: false, otherSecrets: [{ name: 'litellm-env' }] },
      (deps) => diagnose(deps, { component: 'litellm' }),
    ],
    ['of an adoption', {}, (deps) => preflightAdoption(deps, { component: 'litellm', direction: 'adopt' })],
    [
      'of an adoption’s undoing',
      { strategy: 'alternating' },
      (deps) => preflightAdoption(deps, { component: 'litellm', direction: 'undo' }),
    ],
  ])('by a look %s', async (_, given, look) => {
    const component = { ...LITELLM, ...given };
    deploy(component);
    const { findings } = await inActivity(() => look(depsOf(component)));
    expect(findings.map(({ rule }) => rule)).toContain('current-password-can-be-tried');
    const paths = requests.map(({ pathname }) => pathname);
    for (const path of [
      `/apis/postgresql.cnpg.io/v1/namespaces/${NS}/clusters/litellm-postgresql`,
      `/apis/apps/v1/namespaces/${NS}/deployments`,
      `/api/v1/namespaces/${NS}/configmaps/litellm`,
    ])
      expect(paths).toContain(path);
    expect(fetchedTwice()).toEqual([]);
  });
});

describe('the time of a restart', () => {
  it('is in an adoption too what the workload declares', async () => {
    deploy(LITELLM);
    const readinessProbe = { httpGet: { path: '/', port: 80 }, initialDelaySeconds: 300 };
    const containers = [{ name: 'litellm', image: 'litellm:1', env: [], readinessProbe }];
    const body = { spec: { template: { spec: { containers } } } };
    api.store.patch('deployments', { namespace: NS, name: 'litellm' }, { type: 'strategic', body });
    const look = () => preflightAdoption(depsOf(LITELLM), { component: 'litellm', direction: 'adopt' });
    const { workloads } = await inActivity(look);
    expect(workloads.find(({ name }) => name === 'litellm')?.allowanceSeconds).toBeGreaterThan(300);
  });
});

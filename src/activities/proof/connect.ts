import { networkInterfaces } from 'node:os';
import { API_CALL_TIMEOUT_MS, LOGIN_TIMEOUT_MS } from '../../domain/budgets.ts';
import { objectName, readWriteService, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { asText } from '../../domain/secrets/secret-data.ts';
import type { Hook } from '../../domain/hook.ts';
import { throughPooler } from '../../domain/poolers/pooler.ts';
import type { GitOpsSource } from '../../domain/source.ts';
import type { SharedFiles } from '../../gitops/local-files.ts';
import { openWorkspace, type CredentialFiles } from '../../gitops/workspace.ts';
import { askHook } from '../../hooks/ask-hook.ts';
import { Changes } from '../../kubernetes/changes.ts';
import { Clusters } from '../../kubernetes/clusters.ts';
import { ConfigMaps } from '../../kubernetes/config-maps.ts';
import type { KubernetesConnection } from '../../kubernetes/connection.ts';
import { ConsumerObjects } from '../../kubernetes/consumer-objects.ts';
import { DatabaseRoles } from '../../kubernetes/database-roles.ts';
import { dialPod, dialService } from '../../kubernetes/dial.ts';
import { Events } from '../../kubernetes/events.ts';
import { execInPod } from '../../kubernetes/exec.ts';
import { Flux } from '../../kubernetes/flux.ts';
import { readIdentity } from '../../kubernetes/identity.ts';
import { PasswordRequests } from '../../kubernetes/password-requests.ts';
import { Pods } from '../../kubernetes/pods.ts';
import { Poolers } from '../../kubernetes/poolers.ts';
import { Rights } from '../../kubernetes/rights.ts';
import { RoleSpecs } from '../../kubernetes/role-specs.ts';
import { Secrets } from '../../kubernetes/secrets.ts';
import { Surroundings } from '../../kubernetes/surroundings.ts';
import { Workloads } from '../../kubernetes/workloads.ts';
import { PSQL_COMMAND } from '../../postgres/alter-role.ts';
import { tryLogin, type LoginTarget } from '../../postgres/login.ts';
import { readActingRoles } from '../../postgres/acting-roles.ts';
import { giveBackObjects } from '../../postgres/give-back.ts';
import { readHeldByLogins } from '../../postgres/held-by-logins.ts';
import { sampleClients } from '../../postgres/sample-clients.ts';
import { findSessions } from '../../postgres/sessions.ts';
import type { Dependencies, PoolerDoor, SeenCluster } from '../dependencies.ts';
import { stateOf, temporalIdentity } from '../staging/owner.ts';

const POSTGRES_PORT = 5432;
/** The container of a CNPG instance's pod that PostgreSQL runs in. */
const POSTGRES_CONTAINER = 'postgres';

/** The activities' dependencies on a real cluster. */
export function connectDependencies(
  connection: KubernetesConnection,
  findComponent: (name: string) => Component,
  findHook: (component: string) => Hook | undefined = () => undefined,
): Dependencies {
  const secrets = new Secrets(connection);
  const clusters = new Clusters(connection);
  const target = async (component: Component, seen?: SeenCluster): Promise<LoginTarget> => {
    const { namespace, database } = component;
    const cluster = seen === undefined ? await clusters.find(namespace, component.cluster) : seen.cluster;
    const service = readWriteService(component);
    return {
      name: objectName('Service', namespace, service),
      host: service,
      database,
      serverCa: await readServerCa({ cluster, secrets, ...seen }, component),
      dial: () => dialService(connection, { namespace, service, port: POSTGRES_PORT }, LOGIN_TIMEOUT_MS),
      timeoutMs: LOGIN_TIMEOUT_MS,
    };
  };
  const poolerTarget = async (
    component: Component,
    { name, ownCertificate, pod }: PoolerDoor,
    seen?: SeenCluster,
  ): Promise<LoginTarget> => {
    const { namespace } = component;
    const behind = await target(component, seen);
    return {
      ...behind,
      name: throughPooler(component, name, pod.pod),
      dial: () => dialPod(connection, { namespace, ...pod, port: POSTGRES_PORT }, LOGIN_TIMEOUT_MS),
      isPgbouncer: true,
      ...(ownCertificate !== undefined && {
        serverCa: await readCa(seen?.secrets ?? secrets, namespace, ownCertificate, `the PgBouncer of Pooler ${name}`),
        anyServerName: true,
      }),
    };
  };
  return {
    findComponent,
    hooks: { find: findHook, ask: askHook },
    secrets,
    clusters,
    databaseRoles: new DatabaseRoles(connection),
    roleSpecs: new RoleSpecs(connection),
    passwordRequests: new PasswordRequests(connection),
    poolers: new Poolers(connection),
    workloads: new Workloads(connection),
    pods: new Pods(connection),
    consumerObjects: new ConsumerObjects(connection),
    configMaps: new ConfigMaps(connection),
    events: new Events(connection),
    surroundings: new Surroundings(connection),
    flux: new Flux(connection),
    rights: new Rights(connection),
    kubernetes: readOnce(() => readIdentity(connection)),
    kubernetesAheadMs: () => connection.clockAheadMs,
    portForwards: !connection.inCluster,
    openWorkspace: async (source, signal) =>
      openWorkspace(source, { secret: await readCredentials(secrets, source), shared: sharedFiles(secrets), signal }),
    watch: (watched) => new Changes(connection, watched),
    login: async (component, credential, seen) => tryLogin(await target(component, seen), credential),
    loginThrough: async (component, door, credential, seen) =>
      tryLogin(await poolerTarget(component, door, seen), credential),
    sessions: async (component, credential, query, seen) =>
      findSessions(await target(component, seen), credential, query),
    sampleClients: async (component, credential, wanted) => sampleClients(await target(component), credential, wanted),
    actingRoles: async (component, credential, roles, seen) =>
      readActingRoles(await target(component, seen), credential, roles),
    heldByLogins: async (component, credential, seen) => {
      const { owner, logins } = component.alternating;
      const roles = logins.map(({ role }) => role);
      return readHeldByLogins(await target(component, seen), credential, owner, roles);
    },
    giveBack: async (component, credential) =>
      giveBackObjects(await target(component), credential, component.alternating.owner),
    ownAddresses,
    psql: ({ namespace }, pod, stdin, limitMs = API_CALL_TIMEOUT_MS) => {
      const container = { namespace, pod, container: POSTGRES_CONTAINER };
      return execInPod(connection, container, PSQL_COMMAND, stdin, limitMs);
    },
    temporalIdentity: () => temporalIdentity(),
    stateOf: (owner) => stateOf(owner),
    now: () => new Date(),
  };
}

/** Keeps the result of the first read that succeeds. After a failed read the next call reads again. */
function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () =>
    (reading ??= read().catch((error: unknown) => {
      reading = undefined;
      throw error;
    }));
}

/** A port-forwarded login comes from the server's own loopback. A login inside the cluster comes from this pod. */
function ownAddresses(): ReadonlySet<string> {
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(['127.0.0.1', '::1', ...interfaces.map(({ address }) => address)]);
}

async function readCredentials(secrets: Secrets, { credentials }: GitOpsSource): Promise<CredentialFiles | undefined> {
  if (credentials?.kind !== 'secret') return undefined;
  const secret = await secrets.find(credentials.namespace, credentials.name);
  if (secret !== undefined) return secret.data;
  throw new RotationError(
    'GitForbidden',
    `${objectName('Secret', credentials.namespace, credentials.name)}, which the catalogue names for the repository, does not exist.`,
  );
}

/** The files of `localFiles` that are in Secrets. Of two workers that write one, the second reads it anew. */
function sharedFiles(secrets: Secrets): SharedFiles {
  return {
    read: async ({ namespace, name, key }) => {
      const secret = await secrets.find(namespace, name);
      const content = asText(secret?.data[key] ?? new Uint8Array());
      if (secret?.data[key] === undefined || content === undefined) return undefined;
      return { content, version: secret.resourceVersion };
    },
    write: async ({ namespace, name, key }, content, resourceVersion) => {
      const data = { [key]: new TextEncoder().encode(content) };
      return (await secrets.change(namespace, name, { data, resourceVersion })) !== undefined;
    },
  };
}

/** The certificate authority of the server, so that a password is never offered to anybody else. */
async function readServerCa(
  { cluster: state, secrets }: SeenCluster,
  { namespace, cluster }: Component,
): Promise<string> {
  return readCa(secrets, namespace, state?.serverCaSecret ?? `${cluster}-ca`, `the server of Cluster ${cluster}`);
}

async function readCa(
  secrets: Pick<Secrets, 'find'>,
  namespace: string,
  name: string,
  server: string,
): Promise<string> {
  const certificate = asText((await secrets.find(namespace, name))?.data['ca.crt'] ?? new Uint8Array()) ?? '';
  if (certificate !== '') return certificate;
  throw new RotationError(
    'DatabaseUnreachable',
    `${objectName('Secret', namespace, name)} has no "ca.crt", so ${server} cannot be told from another.`,
  );
}

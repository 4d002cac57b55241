import { API_CALL_TIMEOUT_MS, LOGIN_TIMEOUT_MS } from '../domain/budgets.ts';
import { objectName, readWriteService, type Component } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { Credential } from '../domain/password.ts';
import { asText } from '../domain/secret-data.ts';
import { Changes } from '../kubernetes/changes.ts';
import { Clusters } from '../kubernetes/clusters.ts';
import type { KubernetesConnection } from '../kubernetes/connection.ts';
import { dialService } from '../kubernetes/dial.ts';
import { Events } from '../kubernetes/events.ts';
import { execInPod } from '../kubernetes/exec.ts';
import { Secrets } from '../kubernetes/secrets.ts';
import { Surroundings } from '../kubernetes/surroundings.ts';
import { Workloads } from '../kubernetes/workloads.ts';
import { PSQL_COMMAND } from '../postgres/alter-role.ts';
import { tryLogin, type LoginOutcome } from '../postgres/login.ts';
import type { Dependencies } from './dependencies.ts';

const POSTGRES_PORT = 5432;
/** The container of a CNPG instance's pod that PostgreSQL runs in. */
const POSTGRES_CONTAINER = 'postgres';

/** The activities' dependencies on a real cluster. */
export function connectDependencies(
  connection: KubernetesConnection,
  findComponent: (name: string) => Component,
  componentNames: () => readonly string[] = () => [],
): Dependencies {
  const secrets = new Secrets(connection);
  const clusters = new Clusters(connection);
  return {
    findComponent,
    componentNames,
    secrets,
    clusters,
    workloads: new Workloads(connection),
    events: new Events(connection),
    surroundings: new Surroundings(connection),
    watch: (watched) => new Changes(connection, watched),
    login: async (component, credential) =>
      login(connection, component, credential, await readServerCa(clusters, secrets, component)),
    psql: ({ namespace }, pod, stdin) =>
      execInPod(
        connection,
        { namespace, pod, container: POSTGRES_CONTAINER },
        PSQL_COMMAND,
        stdin,
        API_CALL_TIMEOUT_MS,
      ),
    now: () => new Date(),
  };
}

function login(
  connection: KubernetesConnection,
  component: Component,
  credential: Credential,
  serverCa: string,
): Promise<LoginOutcome> {
  const { namespace, database } = component;
  const service = readWriteService(component);
  return tryLogin(
    {
      name: objectName('Service', namespace, service),
      host: service,
      database,
      serverCa,
      dial: () => dialService(connection, { namespace, service, port: POSTGRES_PORT }, LOGIN_TIMEOUT_MS),
      timeoutMs: LOGIN_TIMEOUT_MS,
    },
    credential,
  );
}

/** The certificate authority of the server, so that a password is never offered to anybody else. */
async function readServerCa(clusters: Clusters, secrets: Secrets, { namespace, cluster }: Component): Promise<string> {
  const name = (await clusters.find(namespace, cluster))?.serverCaSecret ?? `${cluster}-ca`;
  const certificate = asText((await secrets.find(namespace, name))?.data['ca.crt'] ?? new Uint8Array()) ?? '';
  if (certificate !== '') return certificate;
  throw new RotationError(
    'DatabaseUnreachable',
    `${objectName('Secret', namespace, name)} has no "ca.crt", so the server of Cluster ${cluster} cannot be told from another.`,
  );
}

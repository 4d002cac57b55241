import { randomBytes } from 'node:crypto';
import { IMAGE } from '../../common/names.ts';
import type { CnpgVersion } from '../../common/options.ts';
import type { Pair } from '../../common/certificates.ts';
import type { Kinds } from '../api/index.ts';
import { ownerReference } from '../controllers/pods-of.ts';
import { instanceName, type Cluster } from './cluster.ts';

const POSTGRES_PORT = 5432;

function labels({ name }: Cluster): Record<string, string> {
  return { 'cnpg.io/cluster': name, 'app.kubernetes.io/managed-by': 'cloudnative-pg' };
}

function metadata(cluster: Cluster, name: string) {
  const { namespace, uid } = cluster;
  return {
    namespace,
    name,
    labels: labels(cluster),
    ownerReferences: [ownerReference('postgresql.cnpg.io/v1', 'Cluster', { name: cluster.name, uid })],
  };
}

/** The names in the server's certificate. */
export function serverNames({ namespace, name }: Cluster): string[] {
  return ['rw', 'r', 'ro'].flatMap((kind) => {
    const service = `${name}-${kind}`;
    return [
      service,
      `${service}.${namespace}`,
      `${service}.${namespace}.svc`,
      `${service}.${namespace}.svc.cluster.local`,
    ];
  });
}

export function services(cluster: Cluster): Kinds['services'][] {
  const selectors = {
    rw: { 'cnpg.io/instanceRole': 'primary' },
    r: { 'cnpg.io/podRole': 'instance' },
    ro: { 'cnpg.io/instanceRole': 'replica' },
  };
  return Object.entries(selectors).map(([kind, selector]) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(cluster, `${cluster.name}-${kind}`),
    spec: {
      type: 'ClusterIP',
      // What a real cluster gives it; here, it leads to the machine's own loopback.
      clusterIP: '127.0.0.1',
      ports: [{ name: 'postgres', protocol: 'TCP', port: POSTGRES_PORT, targetPort: POSTGRES_PORT }],
      selector: { 'cnpg.io/cluster': cluster.name, ...selector },
    },
  }));
}

export function certificateSecrets(cluster: Cluster, authority: string, server: Pair): Kinds['secrets'][] {
  const secret = (name: string, type: string, stringData: Record<string, string>): Kinds['secrets'] => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(cluster, name),
    type,
    stringData,
  });
  return [
    secret(`${cluster.name}-ca`, 'Opaque', { 'ca.crt': authority }),
    secret(`${cluster.name}-server`, 'kubernetes.io/tls', { 'tls.crt': server.certificate, 'tls.key': server.key }),
  ];
}

/** A Secret that CNPG generates. CNPG writes it once and never again (`CreateSecret`, 1.24.1, 1.28.0 and 1.30.0). */
export function generatedSecret(
  cluster: Cluster,
  { type, database, user }: { readonly type: 'app' | 'superuser'; readonly database: string; readonly user: string },
  version: CnpgVersion,
): Kinds['secrets'] {
  const isOld = version === '1.24.1';
  const { namespace, name } = cluster;
  const password = randomBytes(48).toString('base64url');
  const host = `${name}-rw`;
  const own = metadata(cluster, `${name}-${type}`);
  const uri = (at: string): string => `postgresql://${encodeURIComponent(user)}:${password}@${at}/${database}`;
  const jdbc = (at: string): string =>
    `jdbc:postgresql://${at}/${database}?${new URLSearchParams({ password, user }).toString()}`;
  const [near, far] = [
    `${host}.${namespace}:${POSTGRES_PORT}`,
    `${host}.${namespace}.svc.cluster.local:${POSTGRES_PORT}`,
  ];
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...own,
      labels: isOld
        ? { 'cnpg.io/cluster': name, 'cnpg.io/reload': 'true' }
        : { ...own.labels, 'cnpg.io/userType': type, 'cnpg.io/reload': 'true' },
    },
    type: 'kubernetes.io/basic-auth',
    stringData: {
      username: user,
      user,
      password,
      dbname: database,
      host,
      port: String(POSTGRES_PORT),
      pgpass: `${host}:${POSTGRES_PORT}:${database}:${user}:${password}\n`,
      uri: uri(near),
      'jdbc-uri': jdbc(near),
      ...(!isOld && { 'fqdn-uri': uri(far), 'fqdn-jdbc-uri': jdbc(far) }),
    },
  };
}

export function instancePod(cluster: Cluster, version: CnpgVersion): Kinds['pods'] {
  const name = instanceName(cluster);
  const own = metadata(cluster, name);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...own,
      labels: {
        ...own.labels,
        'cnpg.io/instanceName': name,
        'cnpg.io/instanceRole': 'primary',
        'cnpg.io/podRole': 'instance',
        role: 'primary',
      },
    },
    spec: {
      nodeName: 'embedded',
      initContainers: [{ name: 'bootstrap-controller', image: IMAGE.cnpg(version) }],
      containers: [{ name: 'postgres', image: cluster.spec.imageName, ports: [{ containerPort: POSTGRES_PORT }] }],
    },
  };
}

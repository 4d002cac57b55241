import { randomBytes } from 'node:crypto';
import type { KubernetesObject } from './kubernetes-object.ts';
import { IMAGE } from './names.ts';
import type { Component } from './components.ts';
import type { CnpgVersion } from './options.ts';

/** URL-safe, so that it stands in a URI as it is. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** @param cnpg the version that gets the Cluster; default: the newest. */
export function databaseManifests(of: Component, image: string, password: string, cnpg?: string): KubernetesObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: of.namespace } },
    roleSecret(of, password),
    databaseCluster(of, image, cnpg),
  ];
}

type DatabaseNames = Pick<Component, 'namespace' | 'cluster' | 'role' | 'secret'>;

/** The Secret of a component's role, as the README has it. */
export function roleSecret({ namespace, secret, role, cluster }: DatabaseNames, password: string) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secret, namespace, labels: { 'cnpg.io/reload': 'true' } },
    type: 'kubernetes.io/basic-auth',
    stringData: {
      username: role,
      password,
      uri: `postgresql://${encodeURIComponent(role)}:${password}@${cluster}-rw:5432/${encodeURIComponent(role)}`,
    },
  };
}

/** The database has the role's name. */
export function databaseCluster({ namespace, cluster, role, secret }: DatabaseNames, image: string, cnpg?: string) {
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: cluster, namespace },
    spec: {
      instances: 1,
      imageName: image,
      imagePullPolicy: 'IfNotPresent',
      storage: { size: '1Gi' },
      bootstrap: { initdb: { database: role, owner: role, secret: { name: secret } } },
      managed: {
        roles: [{ name: role, ensure: 'present', passwordSecret: { name: secret }, login: true, superuser: false }],
      },
      ...frugal,
      ...(cnpg !== WITHOUT_PROBES && { probes }),
    },
  };
}

/** Its Cluster has no `spec.probes`, which came with 1.25. */
const WITHOUT_PROBES: CnpgVersion = '1.24.1';

/** A start is seen within a second instead of ten. */
const probes = {
  startup: { periodSeconds: 1, failureThreshold: 300 },
  readiness: { periodSeconds: 2 },
};

/** Four databases on two cores: little memory. */
const frugal = {
  postgresql: { parameters: { shared_buffers: '32MB', max_connections: '100' } },
  resources: { requests: { cpu: '20m', memory: '64Mi' } },
  enablePDB: false,
  monitoring: { disableDefaultQueries: true },
};

export function applicationManifest(of: Component): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: of.name,
      namespace: of.namespace,
      labels: { app: of.name },
      annotations: { 'reloader.stakater.com/auto': 'true' },
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: of.name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: of.name } },
        spec: {
          terminationGracePeriodSeconds: 2,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          containers: [
            {
              name: of.name,
              image: IMAGE.application,
              imagePullPolicy: 'IfNotPresent',
              env: [
                ...credentialVariables(of),
                { name: 'INTERVAL', value: '100ms' },
                { name: 'READY_AFTER', value: '5s' },
              ],
              // Logs in afresh each time: a pod is ready as long as its credential is accepted.
              readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 2, timeoutSeconds: 3 },
              resources: { requests: { cpu: '10m', memory: '16Mi' } },
            },
          ],
        },
      },
    },
  };
}

function credentialVariables(of: Component) {
  const fromSecret = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: of.secret, key } },
  });
  if (of.reads !== 'parts') return [fromSecret(of.reads, 'uri')];
  return [
    { name: 'DATABASE_HOST', value: `${of.cluster}-rw` },
    fromSecret('DATABASE_USERNAME', 'username'),
    fromSecret('DATABASE_PASSWORD', 'password'),
    { name: 'DATABASE_NAME', value: of.role },
  ];
}

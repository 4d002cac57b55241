import type { RefusedComponent } from './refused-clusters.ts';
import { podsOf, type Names } from './unreconciled-components.ts';

const FLUX = { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };

/** Another Secret of the world with the same password. */
const companion = (names: Names, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: `${names.name}-env` },
  stringData: { DATABASE_URL: `postgresql://${names.role}:${names.password}@${names.cluster}-rw:5432/${names.role}` },
  ...more,
});

const statefulSet = (names: Names, updateStrategy: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: `${names.name}-worker` },
  spec: { replicas: 0, serviceName: names.name, updateStrategy, ...podsOf(names) },
});

export const REFUSED_SECRETS: readonly RefusedComponent[] = [
  { title: 'a Secret that does not exist', rule: 'secret-exists', says: 'does not exist', paper: { secret: null } },
  {
    title: 'a Secret without a password',
    rule: 'secret-is-complete',
    says: 'has no "password"',
    paper: { secret: () => ({ type: 'Opaque' }), text: () => ({ password: undefined }) },
  },
  {
    title: 'a Secret with an empty password',
    rule: 'secret-is-complete',
    says: 'has no "password"',
    paper: { text: () => ({ password: '' }) },
  },
  {
    title: 'a Secret with nothing but spaces for a password, which CNPG would trim',
    rule: 'secret-is-complete',
    says: 'has no "password"',
    paper: { text: () => ({ password: '  \n' }) },
  },
  {
    title: 'a Secret without a username',
    rule: 'secret-is-complete',
    says: 'has no "username"',
    paper: { text: () => ({ username: undefined }) },
  },
  {
    title: 'a Secret with nothing in it',
    rule: 'secret-is-complete',
    says: 'has no "username" and no "password"',
    paper: {
      secret: () => ({ type: 'Opaque' }),
      text: () => ({ username: undefined, password: undefined }),
    },
  },
  {
    title: 'a Secret with another username',
    rule: 'username-matches',
    says: 'has a key "username" that names no role of the Cluster, but the managed role is "',
    paper: { text: () => ({ username: 'somebody-else' }) },
  },
  {
    title: 'a Secret that is immutable',
    rule: 'secrets-may-be-changed',
    says: '-db-secret is immutable',
    paper: { secret: () => ({ immutable: true }) },
  },
  {
    title: 'a Secret that Flux applies',
    rule: 'secrets-are-ours',
    says: 'is applied by Flux (Kustomization flux-system/apps)',
    paper: { labels: FLUX },
  },
  {
    title: 'a second Secret with the same password that is immutable',
    rule: 'secrets-may-be-changed',
    says: '-env is immutable',
    paper: { also: (names) => [companion(names, { immutable: true })] },
  },
  {
    title: 'a second Secret with the same password that Flux applies',
    rule: 'secrets-are-ours',
    says: '-env is applied by Flux',
    paper: { also: (names) => [companion(names, { metadata: { name: `${names.name}-env`, labels: FLUX } })] },
  },
  {
    title: 'a second Secret that the catalogue names and nobody made',
    rule: 'named-secrets-hold-the-password',
    says: 'does not exist, and the catalogue names it',
    paper: { component: ({ name }) => ({ otherSecrets: [{ name: `${name}-env` }] }) },
  },
  {
    title: 'a second Secret that the catalogue names and that logs in as another user',
    rule: 'named-secrets-hold-the-password',
    says: 'cannot change with the password',
    paper: {
      component: ({ name }) => ({ otherSecrets: [{ name: `${name}-env` }] }),
      also: (names) => [companion({ ...names, role: 'somebody-else' })],
    },
  },
];

export const REFUSED_WORKLOADS: readonly RefusedComponent[] = [
  {
    title: 'a Deployment whose rollout is paused',
    rule: 'workloads-can-roll-out',
    says: 'its rollout is paused',
    paper: { workload: () => ({ paused: true }) },
  },
  {
    title: 'a StatefulSet that replaces no pod by itself',
    rule: 'workloads-can-roll-out',
    says: '-worker, its update strategy is OnDelete',
    paper: { also: (names) => [statefulSet(names, { type: 'OnDelete' })] },
  },
  {
    title: 'a StatefulSet with a partition',
    rule: 'workloads-can-roll-out',
    says: '-worker, its update strategy has a partition',
    paper: { also: (names) => [statefulSet(names, { type: 'RollingUpdate', rollingUpdate: { partition: 1 } })] },
  },
];
